-- Rooms of sessions that have not begun. A row is written before the room is asked for: `room_id` is NULL until RealtimeKit has
-- answered. `title` is what the room was last told to be called, and `closed` whether RealtimeKit confirmed that nobody can join.
CREATE TABLE rooms_ahead (
  session_id TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
  app_id     TEXT,
  room_id    TEXT,
  title      TEXT,
  closed     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Plans without a start, by names that people choose. `people` is a JSON array with the name, the address and the role of each.
CREATE TABLE templates (
  id               TEXT PRIMARY KEY,
  name             TEXT NOT NULL UNIQUE COLLATE NOCASE,
  title            TEXT NOT NULL,
  instructor       TEXT NOT NULL,
  length           INTEGER NOT NULL,
  record           INTEGER NOT NULL,
  quality          TEXT NOT NULL,
  max_participants INTEGER NOT NULL,
  people           TEXT NOT NULL
) STRICT;
