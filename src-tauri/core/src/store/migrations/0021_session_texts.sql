-- The chat and the transcript of each session: how far they are, and when Cloudflare is asked again. `recording_id` is the recording
-- from whose beginning the times of a transcript count; NULL where they count from the beginning of RealtimeKit's session. `none_at`
-- is when RealtimeKit last said that there is none, in the days in which it would have had it.
CREATE TABLE session_texts (
  session_id   TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  kind         TEXT NOT NULL,
  state        TEXT NOT NULL,
  source       TEXT,
  cut          INTEGER NOT NULL,
  recording_id TEXT,
  asked_at     INTEGER,
  next_ask     INTEGER,
  none_at      INTEGER,
  no_captions  INTEGER NOT NULL,
  trouble      TEXT,
  PRIMARY KEY (session_id, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_texts_to_ask_for ON session_texts (next_ask) WHERE next_ask IS NOT NULL;

-- The lines of a chat, in the order of time. `at` is NULL where RealtimeKit does not say.
CREATE TABLE chat_lines (
  session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  n       INTEGER NOT NULL,
  at      INTEGER,
  name    TEXT NOT NULL,
  text    TEXT NOT NULL,
  PRIMARY KEY (session, n)
) STRICT;

-- The lines of a transcript, in the order of time. `source` is who made it. A negative time is a moment before the recording.
CREATE TABLE transcript_lines (
  session  TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  source   TEXT NOT NULL,
  n        INTEGER NOT NULL,
  start_ms INTEGER NOT NULL,
  end_ms   INTEGER NOT NULL,
  name     TEXT NOT NULL,
  text     TEXT NOT NULL,
  PRIMARY KEY (session, source, n)
) STRICT;

-- Sessions that ended a short time ago are looked for every minute.
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE state = 'ended';
