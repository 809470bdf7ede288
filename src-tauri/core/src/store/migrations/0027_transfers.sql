-- The places to which recordings are archived. `place` is JSON: a folder, or a bucket without its secret key, which is in the keyring.
CREATE TABLE archive_places (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  place      TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  -- A removed place keeps its row, because transfers name it.
  removed_at INTEGER
) STRICT, WITHOUT ROWID;

-- Downloads and archivings. A transfer goes to a folder or to a place.
CREATE TABLE transfers (
  id           TEXT PRIMARY KEY,
  recording_id TEXT NOT NULL REFERENCES recordings (id),
  kind         TEXT NOT NULL,
  folder       TEXT,
  place_id     TEXT REFERENCES archive_places (id),
  -- Committed before a file of this name is made.
  name         TEXT,
  state        TEXT NOT NULL,
  step         TEXT NOT NULL,
  total        INTEGER,
  -- Bytes that are safely on this computer's disk, and bytes that the place has.
  fetched      INTEGER NOT NULL,
  sent         INTEGER NOT NULL,
  version      TEXT,
  sha256       TEXT,
  -- JSON: the upload to a bucket, with what the bucket answered to each part.
  upload       TEXT,
  tries        INTEGER NOT NULL,
  next_try     INTEGER,
  said         TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  ended_at     INTEGER,
  CHECK ((folder IS NULL) <> (place_id IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX transfers_active ON transfers (created_at, id) WHERE state = 'active';
CREATE INDEX transfers_newest ON transfers (created_at DESC, id DESC);
CREATE INDEX transfers_by_recording ON transfers (recording_id);
