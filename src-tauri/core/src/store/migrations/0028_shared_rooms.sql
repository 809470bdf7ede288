-- The code of the room that all classes of a series share; NULL where each class has a room of its own.
ALTER TABLE series ADD COLUMN room_code TEXT;

-- A shared room has several sessions.
CREATE INDEX sessions_by_room ON sessions (room_id) WHERE room_id IS NOT NULL;
CREATE INDEX sessions_by_room_code ON sessions (room_code) WHERE room_code IS NOT NULL;
CREATE INDEX participants_by_room ON participants (room_id, custom_id) WHERE room_id IS NOT NULL;
