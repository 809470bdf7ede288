-- The people of a series: every class that is made for it begins with them. A person has the same id in every class.
CREATE TABLE series_roster (
  series_id TEXT NOT NULL REFERENCES series (id) ON DELETE CASCADE,
  person_id TEXT NOT NULL,
  place     INTEGER NOT NULL,
  name      TEXT NOT NULL,
  email     TEXT,
  role      TEXT NOT NULL,
  PRIMARY KEY (series_id, person_id)
) STRICT, WITHOUT ROWID;
