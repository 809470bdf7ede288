-- What the figures of Health are computed from. The triggers and indexes keep them within reach of one scan of the period.

-- When the video could first be watched, as Stream tells.
ALTER TABLE recordings ADD COLUMN video_ready INTEGER;
-- When this desk, which followed the video, first saw that: by Cloudflare's clock. And how long it had not asked before.
ALTER TABLE recordings ADD COLUMN ready_noticed INTEGER;
ALTER TABLE recordings ADD COLUMN ready_unasked INTEGER;
-- What the history says, kept here by the trigger below: whether it could ever be watched, when this desk first saw it
-- being captured, and whether this computer relayed its file.
ALTER TABLE recordings ADD COLUMN was_ready INTEGER NOT NULL DEFAULT 0;
ALTER TABLE recordings ADD COLUMN capture_seen INTEGER;
ALTER TABLE recordings ADD COLUMN relayed INTEGER NOT NULL DEFAULT 0;

UPDATE recordings SET
  was_ready = EXISTS (SELECT 1 FROM recording_events e WHERE e.recording_id = recordings.id AND e.to_stage IN ('playable', 'ready')),
  capture_seen = (SELECT e.at FROM recording_events e
                  WHERE e.recording_id = recordings.id AND e.to_stage IN ('recording', 'paused') ORDER BY e.id LIMIT 1),
  relayed = EXISTS (SELECT 1 FROM recording_events e WHERE e.recording_id = recordings.id AND e.kind = 'relay_moved');

CREATE TRIGGER recording_events_for_figures AFTER INSERT ON recording_events
WHEN NEW.to_stage IN ('recording', 'paused', 'playable', 'ready') OR NEW.kind = 'relay_moved' BEGIN
  UPDATE recordings SET
    was_ready = max(was_ready, NEW.to_stage IN ('playable', 'ready')),
    capture_seen = coalesce(capture_seen, CASE WHEN NEW.to_stage IN ('recording', 'paused') THEN NEW.at END),
    relayed = max(relayed, NEW.kind = 'relay_moved')
  WHERE id = NEW.recording_id;
END;

-- Every column that the figures read, so that a year of recordings is read from the index alone.
CREATE INDEX recordings_for_figures ON recordings (
  created_at, id, session_id, instructor, status, cause, was_ready, attached, clip_of, origin, video_id, started_at, stopped_at,
  stage_since, length, video_ready, ready_noticed, ready_unasked, capture_seen, relayed);
CREATE INDEX sessions_in_series ON sessions (id, series_id) WHERE series_id IS NOT NULL;
CREATE INDEX sessions_held ON sessions (opened_at, id, instructor)
  WHERE state = 'ended' AND record = 1 AND origin = 'here' AND opened_at IS NOT NULL;

-- The days on which the jobs of this desk ran, in days since 1970 (UTC), so that a week without classes can be told from
-- one in which the desk was off.
CREATE TABLE desk_days (
  day   INTEGER PRIMARY KEY,
  first INTEGER NOT NULL,
  last  INTEGER NOT NULL
) STRICT;

INSERT INTO desk_days
SELECT at / 86400000, min(at), max(at) FROM recording_events WHERE at BETWEEN 0 AND 253402300799999 GROUP BY 1;

-- When each job last succeeded.
ALTER TABLE job_status ADD COLUMN last_success INTEGER;
UPDATE job_status SET last_success = last_run WHERE error_code IS NULL;
