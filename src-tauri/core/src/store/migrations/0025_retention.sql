-- When the video was made and when Stream deletes it, as Stream told last. Both are NULL until a video was read by a version that asks.
ALTER TABLE recordings ADD COLUMN video_created INTEGER;
ALTER TABLE recordings ADD COLUMN video_deletion INTEGER;
CREATE INDEX recordings_by_deletion ON recordings (video_deletion) WHERE removed_at IS NULL AND video_deletion IS NOT NULL;

-- How long a recording stays, where somebody decided it: the decision with its stamp as it stands in the metadata of the video, whether the
-- video is known to say the same, and since when it is to be deleted for good. The bin itself is the column `removed_at` of `recordings`.
CREATE TABLE recording_retention (
  recording_id TEXT PRIMARY KEY REFERENCES recordings (id),
  decision     TEXT NOT NULL,
  decided      TEXT NOT NULL,
  told         INTEGER NOT NULL,
  deleting     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX recording_retention_to_tell ON recording_retention (recording_id) WHERE told = 0 OR deleting IS NOT NULL;

-- Another video does not know what was decided.
CREATE TRIGGER recording_retention_of_another_video AFTER UPDATE OF video_id ON recordings WHEN NEW.video_id IS NOT OLD.video_id BEGIN
  UPDATE recording_retention SET told = 0, deleting = NULL WHERE recording_id = NEW.id;
END;

-- A recording that is on the list again is not in the bin.
CREATE TRIGGER recording_retention_of_the_list AFTER UPDATE OF removed_at ON recordings WHEN NEW.removed_at IS NULL AND OLD.removed_at IS NOT NULL BEGIN
  DELETE FROM recording_retention WHERE recording_id = NEW.id AND decision = 'bin';
END;
