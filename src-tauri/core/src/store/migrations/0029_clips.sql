-- Clips: the recording that a recording was cut from, and the part in seconds. The other one may not be known on this desk, so nothing refers to it.
ALTER TABLE recordings ADD COLUMN clip_of TEXT;
ALTER TABLE recordings ADD COLUMN clip_from INTEGER;
ALTER TABLE recordings ADD COLUMN clip_to INTEGER;
