-- What people agreed on: the wall-clock time in the zone, as YYYY-MM-DDTHH:MM:SS.mmm, and which of both where the clocks show it twice.
-- `start` is the instant that follows from it. Rows of earlier versions are filled when the database is opened, because SQL knows no zones.
ALTER TABLE sessions ADD COLUMN start_local TEXT;
ALTER TABLE sessions ADD COLUMN start_occurrence INTEGER;

-- Every change that a person made to what Cloudflare cannot hold. `before` and `after` are JSON objects with the fields that changed.
CREATE TABLE journal (
  id        TEXT PRIMARY KEY,
  at        INTEGER NOT NULL,
  desk      TEXT NOT NULL,
  actor     TEXT NOT NULL,
  entity    TEXT NOT NULL,
  entity_id TEXT NOT NULL,
  before    TEXT NOT NULL,
  after     TEXT NOT NULL,
  undone_by TEXT
) STRICT;
CREATE INDEX journal_by_entity ON journal (entity, entity_id, id);
CREATE INDEX journal_by_time ON journal (at);
