-- What each line of a history is about, so that nothing decides by the text of a note. Notes of earlier versions are recognised by the words
-- that those versions wrote; any other note stays what it is to people and decides nothing.
ALTER TABLE recording_events ADD COLUMN kind TEXT NOT NULL DEFAULT 'noted';
UPDATE recording_events SET kind = CASE
  WHEN note IN ('Somebody is in the room; it is to be recorded.',
                'Somebody is in the room; RealtimeKit is asked to record.') THEN 'capture_requested'
  WHEN note IN ('Recording started automatically.', 'The room began to record by itself.') THEN 'capture_found'
  WHEN note = 'Found at Cloudflare.' THEN 'adopted'
  WHEN note LIKE 'Attached by hand: %' THEN 'attached'
  WHEN note LIKE 'The room was empty%' THEN 'room_was_empty'
  WHEN note IN ('RealtimeKit does not know the recording.', 'RealtimeKit does not know it.', 'RealtimeKit has no recording of the room.',
                'The session ended before anything was recorded.', 'RealtimeKit’s recording is not known.',
                'There is no video any more, and RealtimeKit’s recording is not known.') THEN 'recorder_missing'
  WHEN note IN ('RealtimeKit is starting to record.', 'RealtimeKit was seen recording.', 'RealtimeKit was seen pausing.',
                'RealtimeKit stopped and saves the file.', 'RealtimeKit saved the file.', 'RealtimeKit saved the file to your own storage.',
                'RealtimeKit finished, but there is no file.', 'RealtimeKit reported an error.', 'RealtimeKit stopped recording.',
                'RealtimeKit has no file to import.', 'RealtimeKit has no file to fetch any more.') THEN 'recorder_reported'
  WHEN note = 'Paused by hand.' THEN 'paused_by_hand'
  WHEN note = 'Resumed by hand.' THEN 'resumed_by_hand'
  WHEN note IN ('The session was ended.', 'Stopped by hand.') THEN 'session_ended'
  WHEN note IN ('It was recorded after all.', 'It was recorded after all; the next recording goes on with it.', 'RealtimeKit has it after all.',
                'Its video is at Stream again, so it is back on the list.', 'Another desk imported it again.') THEN 'recovered'
  WHEN note = 'Stream is asked to import the file.' THEN 'import_requested'
  WHEN note LIKE 'Stream refused the recording: %' THEN 'stream_refused'
  WHEN note LIKE 'Stream refused: %' OR note LIKE 'Stream reported %'
    OR note IN ('Stream is fetching the file.', 'Stream has the file and will encode it.', 'Stream is encoding.',
                'Stream says that it can be watched.', 'Stream is still working on the video.', 'Stream does not know the video.',
                'Stream did not get the file in all this time.', 'Stream refused the file.', 'Seen at Stream.',
                'Another desk is sending the file to Stream.',
                'Another desk began to send the file to Stream and did not finish.') THEN 'stream_reported'
  WHEN note LIKE 'The file is on this computer: %' OR note LIKE 'Stream has the file: %'
    OR note IN ('The file on this computer is not whole any more.',
                'The file on this computer is not a video; it is fetched anew.') THEN 'relay_moved'
  WHEN note = 'Another desk is sending the file to Stream. This one waits an hour for it.' THEN 'relay_by_other_desk'
  WHEN note = 'Tried again by hand.' THEN 'retried_by_hand'
  WHEN note = 'Tried again by itself.' THEN 'retried_automatically'
  WHEN note IN ('It took longer than it ever should.', 'It never began and was begun again by hand.') THEN 'given_up'
  WHEN note = 'The video was deleted from Stream.' THEN 'video_deleted'
  WHEN note = 'Two videos were made of this recording. The older one is kept.'
    OR note LIKE 'A second video of this recording was removed from Stream: %'
    OR note LIKE 'A video that was never finished was removed from Stream: %' THEN 'duplicate_video'
  WHEN note LIKE 'Taken off the list by hand%' THEN 'removed'
  WHEN note = 'Put back on the list by hand.' THEN 'restored'
  ELSE 'noted'
END;

-- What this desk still does for a recording, apart from what any desk would say of it. One column has one meaning: when Cloudflare is asked
-- next, and when a failed recording is tried again by itself.
CREATE TABLE recording_work (
  recording_id       TEXT PRIMARY KEY REFERENCES recordings (id),
  last_check         INTEGER,
  next_poll          INTEGER,
  next_auto_retry    INTEGER,
  auto_retries       INTEGER NOT NULL DEFAULT 0,
  auto_retried_cause TEXT,
  relay_total        INTEGER,
  relay_fetched      INTEGER,
  relay_sent         INTEGER,
  relay_version      TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO recording_work
  SELECT id, last_check, iif(status <> 'FAILED', next_check, NULL), iif(status = 'FAILED', next_check, NULL), retries, retried_cause,
         relay_total, relay_fetched, relay_sent, relay_version
  FROM recordings;
CREATE INDEX recording_work_to_poll ON recording_work (next_poll) WHERE next_poll IS NOT NULL;
CREATE INDEX recording_work_to_retry ON recording_work (next_auto_retry) WHERE next_auto_retry IS NOT NULL;
DROP INDEX recordings_in_flight;
ALTER TABLE recordings DROP COLUMN last_check;
ALTER TABLE recordings DROP COLUMN next_check;
ALTER TABLE recordings DROP COLUMN retries;
ALTER TABLE recordings DROP COLUMN retried_cause;
ALTER TABLE recordings DROP COLUMN relay_total;
ALTER TABLE recordings DROP COLUMN relay_fetched;
ALTER TABLE recordings DROP COLUMN relay_sent;
ALTER TABLE recordings DROP COLUMN relay_version;
ALTER TABLE recordings RENAME COLUMN cloud_id TO realtimekit_recording_id;

-- Which desk a session or a recording comes from. Earlier versions called the instructor of what another desk made “Another desk”, and gave a
-- room whose mark they did not know an empty one.
ALTER TABLE sessions ADD COLUMN origin TEXT NOT NULL DEFAULT 'here';
ALTER TABLE sessions ADD COLUMN origin_desk TEXT;
ALTER TABLE recordings ADD COLUMN origin TEXT NOT NULL DEFAULT 'here';
ALTER TABLE recordings ADD COLUMN origin_desk TEXT;
UPDATE recordings SET origin = 'other_desk' WHERE id IN (SELECT recording_id FROM recording_events WHERE kind = 'adopted');
UPDATE sessions SET origin = 'other_desk'
 WHERE instructor = 'Another desk'
    OR (start = created_at AND id IN (SELECT session_id FROM recordings WHERE origin = 'other_desk'));
UPDATE recordings SET instructor = ''
 WHERE instructor = 'Another desk' AND session_id IN (SELECT id FROM sessions WHERE origin = 'other_desk');
UPDATE recordings SET instructor = '' WHERE instructor = 'Another desk' AND origin = 'other_desk';
UPDATE sessions SET instructor = '' WHERE instructor = 'Another desk';
UPDATE sessions SET room_code = NULL WHERE room_code = '';
