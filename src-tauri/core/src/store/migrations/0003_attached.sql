-- A recording that was attached by hand to a class without a room was made in no room that is known.
ALTER TABLE recordings ADD COLUMN room TEXT;
UPDATE recordings SET room = room_id;
ALTER TABLE recordings DROP COLUMN room_id;
ALTER TABLE recordings RENAME COLUMN room TO room_id;
-- Whether the video was attached by hand: it is the one that is meant, whatever else carries the mark.
ALTER TABLE recordings ADD COLUMN attached INTEGER NOT NULL DEFAULT 0;
