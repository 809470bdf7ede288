-- Times are milliseconds since 1970-01-01T00:00:00Z, lengths are milliseconds.
CREATE TABLE settings (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE sessions (
  id               TEXT PRIMARY KEY,
  title            TEXT NOT NULL,
  instructor       TEXT NOT NULL,
  start            INTEGER NOT NULL,
  length           INTEGER NOT NULL,
  timezone         TEXT NOT NULL,
  record           INTEGER NOT NULL,
  quality          TEXT NOT NULL,
  max_participants INTEGER NOT NULL,
  state            TEXT NOT NULL,
  room_code        TEXT,
  room_id          TEXT,
  state_since      INTEGER,
  opened_at        INTEGER,
  ended_at         INTEGER,
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_start ON sessions (start);
CREATE INDEX sessions_open ON sessions (state) WHERE state IN ('starting', 'live', 'ending');

-- People a room was opened for. Their tokens are never kept: Cloudflare hands out a fresh one for an id.
CREATE TABLE participants (
  session_id     TEXT NOT NULL REFERENCES sessions (id),
  custom_id      TEXT NOT NULL,
  participant_id TEXT,
  role           TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  PRIMARY KEY (session_id, custom_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE recordings (
  id           TEXT PRIMARY KEY,
  session_id   TEXT NOT NULL REFERENCES sessions (id),
  room_id      TEXT NOT NULL,
  title        TEXT NOT NULL,
  instructor   TEXT NOT NULL,
  timezone     TEXT NOT NULL,
  quality      TEXT NOT NULL,
  status       TEXT NOT NULL,
  stage        TEXT NOT NULL,
  detail       TEXT,
  percent      INTEGER,
  cause        TEXT,
  stage_since  INTEGER NOT NULL,
  cloud_id     TEXT UNIQUE,
  video_id     TEXT UNIQUE,
  started_at   INTEGER,
  stopped_at   INTEGER,
  length       INTEGER,
  size         INTEGER,
  file_expires INTEGER,
  manifest     TEXT,
  last_check   INTEGER,
  next_check   INTEGER,
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX recordings_newest ON recordings (created_at DESC);
CREATE INDEX recordings_by_status ON recordings (status, created_at DESC);
CREATE INDEX recordings_by_session ON recordings (session_id, created_at DESC);
CREATE INDEX recordings_in_flight ON recordings (next_check) WHERE next_check IS NOT NULL;

-- The explanation of every recording: appended to, never changed.
CREATE TABLE recording_events (
  id           INTEGER PRIMARY KEY,
  recording_id TEXT NOT NULL REFERENCES recordings (id),
  at           INTEGER NOT NULL,
  from_stage   TEXT,
  to_stage     TEXT NOT NULL,
  note         TEXT NOT NULL
) STRICT;
CREATE INDEX recording_events_by_recording ON recording_events (recording_id, id);

CREATE VIRTUAL TABLE recordings_text USING fts5 (
  title, instructor, content = 'recordings', tokenize = "unicode61 remove_diacritics 2"
);
CREATE TRIGGER recordings_text_insert AFTER INSERT ON recordings BEGIN
  INSERT INTO recordings_text (rowid, title, instructor) VALUES (new.rowid, new.title, new.instructor);
END;
CREATE TRIGGER recordings_text_update AFTER UPDATE OF title, instructor ON recordings BEGIN
  INSERT INTO recordings_text (recordings_text, rowid, title, instructor) VALUES ('delete', old.rowid, old.title, old.instructor);
  INSERT INTO recordings_text (rowid, title, instructor) VALUES (new.rowid, new.title, new.instructor);
END;
CREATE TRIGGER recordings_text_delete AFTER DELETE ON recordings BEGIN
  INSERT INTO recordings_text (recordings_text, rowid, title, instructor) VALUES ('delete', old.rowid, old.title, old.instructor);
END;

-- What people are to be told, committed together with the move that caused it and removed once it was shown.
CREATE TABLE outbox (
  id           INTEGER PRIMARY KEY,
  recording_id TEXT NOT NULL REFERENCES recordings (id),
  kind         TEXT NOT NULL,
  created_at   INTEGER NOT NULL
) STRICT;

-- The ledger of share links: appended to, never changed. It never holds the link itself.
CREATE TABLE share_links (
  id           TEXT PRIMARY KEY,
  recording_id TEXT NOT NULL REFERENCES recordings (id),
  video_id     TEXT NOT NULL,
  kid          TEXT,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  download     INTEGER NOT NULL
) STRICT;
CREATE INDEX share_links_newest ON share_links (created_at DESC);
CREATE INDEX share_links_by_recording ON share_links (recording_id);
CREATE TRIGGER share_links_are_kept BEFORE DELETE ON share_links BEGIN
  SELECT RAISE(ABORT, 'the ledger of share links is append-only');
END;
CREATE TRIGGER share_links_are_final BEFORE UPDATE ON share_links BEGIN
  SELECT RAISE(ABORT, 'the ledger of share links is append-only');
END;
