-- The people of a session, in the order in which they were added. A person whom another session takes over keeps the id.
CREATE TABLE roster (
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  person_id  TEXT NOT NULL,
  place      INTEGER NOT NULL,
  name       TEXT NOT NULL,
  email      TEXT,
  role       TEXT NOT NULL,
  PRIMARY KEY (session_id, person_id)
) STRICT, WITHOUT ROWID;

-- The room that a seat belongs to; NULL for a seat of an earlier version, which belongs to the session's only room.
ALTER TABLE participants ADD COLUMN room_id TEXT;
-- When a link with a fresh token was last made for a person on the roster.
ALTER TABLE participants ADD COLUMN link_at INTEGER;
-- When the person was in the room, as RealtimeKit tells. `present` is in milliseconds.
ALTER TABLE participants ADD COLUMN joined_at INTEGER;
ALTER TABLE participants ADD COLUMN left_at INTEGER;
ALTER TABLE participants ADD COLUMN present INTEGER;

-- When RealtimeKit was last asked who was in the room.
ALTER TABLE sessions ADD COLUMN attendance_read_at INTEGER;
