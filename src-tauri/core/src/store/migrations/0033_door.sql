-- Links to join: for everybody of a class or a series, or for one person. Their codes are derived from a secret in the keyring; here
-- is what the door compares them by.
CREATE TABLE join_links (
  id         TEXT PRIMARY KEY,
  -- The SHA-256 of the code.
  hash       TEXT NOT NULL UNIQUE,
  -- One of the two.
  session_id TEXT,
  series_id  TEXT,
  -- NULL for everybody.
  person_id  TEXT,
  made_at    INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;
-- A class or a series has one link that lives for everybody, and one for each person.
CREATE UNIQUE INDEX join_links_of_sessions ON join_links (session_id, coalesce(person_id, '')) WHERE session_id IS NOT NULL AND revoked_at IS NULL;
CREATE UNIQUE INDEX join_links_of_series ON join_links (series_id, coalesce(person_id, '')) WHERE series_id IS NOT NULL AND revoked_at IS NULL;

-- Links to watch a recording. What they allow is also in the ledger.
CREATE TABLE watch_links (
  id           TEXT PRIMARY KEY,
  hash         TEXT NOT NULL UNIQUE,
  recording_id TEXT NOT NULL REFERENCES recordings (id),
  made_at      INTEGER NOT NULL,
  until        INTEGER NOT NULL,
  -- What they allow, as JSON.
  rights       TEXT NOT NULL,
  -- The second at which the video begins.
  start        INTEGER NOT NULL,
  -- The SHA-256 of the key that is derived from the passphrase, with the salt and the number of rounds.
  passphrase   TEXT,
  salt         TEXT,
  rounds       INTEGER,
  -- For whom or what it was made.
  note         TEXT NOT NULL,
  -- 1: the letters to the participants carry it.
  for_letters  INTEGER NOT NULL DEFAULT 0,
  revoked_at   INTEGER,
  plays        INTEGER NOT NULL DEFAULT 0,
  played_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX watch_links_of_recordings ON watch_links (recording_id, made_at);

-- When recordings were played by watch links.
CREATE TABLE link_plays (
  link_id TEXT NOT NULL REFERENCES watch_links (id),
  at      INTEGER NOT NULL,
  -- Two letters; NULL where Cloudflare does not know.
  country TEXT,
  -- The number of the event at the door, in the database that it came from.
  seq     INTEGER NOT NULL,
  database TEXT NOT NULL,
  PRIMARY KEY (link_id, at, seq, database)
) STRICT, WITHOUT ROWID;

-- What the door must know: rows of its database, as JSON. Of two versions of a row, the higher one holds there.
CREATE TABLE door_rows (
  -- classes, join_links or watch_links.
  kind    TEXT NOT NULL,
  key     TEXT NOT NULL,
  body    TEXT NOT NULL,
  version INTEGER NOT NULL,
  -- 1: a link that must not work any more. It goes first.
  urgent  INTEGER NOT NULL,
  -- The version that the door has; 0 before the first time.
  pushed  INTEGER NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX door_rows_to_push ON door_rows (urgent DESC, kind, key) WHERE pushed < version;

-- People who came in by a link or wait for the host, as the door told.
CREATE TABLE door_seats (
  seat       TEXT PRIMARY KEY,
  session_id TEXT NOT NULL,
  link_id    TEXT,
  -- The mark of the person on the roster; NULL for guests.
  person     TEXT,
  name       TEXT NOT NULL,
  -- waiting, admitted, refused, in, left or removed.
  state      TEXT NOT NULL,
  -- 1 or 0: whether the person agreed to be recorded; NULL where nobody asked.
  agreed     INTEGER,
  since      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX door_seats_of_sessions ON door_seats (session_id, state);

-- Classes whose host lets each person in.
CREATE TABLE locked_classes (
  session_id TEXT PRIMARY KEY,
  since      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
