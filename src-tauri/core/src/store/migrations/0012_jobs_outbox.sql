-- How the background jobs last ran, written by the process that runs them so that every other one can show it.
CREATE TABLE job_status (
  name              TEXT PRIMARY KEY,
  title             TEXT NOT NULL,
  -- The order in which jobs are listed.
  place             INTEGER NOT NULL,
  last_run          INTEGER,
  took_ms           INTEGER,
  next_run          INTEGER,
  -- The error of the last run that failed, until a run succeeds.
  error_code        TEXT,
  error_message     TEXT,
  error_next        TEXT,
  runs              INTEGER NOT NULL,
  failures_in_a_row INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Notifications that wait for delivery, about anything: `subject` is recording, session, alert or desk, and `payload` is JSON of the kind.
CREATE TEMP TABLE waiting AS
  SELECT id, recording_id,
         CASE WHEN kind LIKE 'expiring\_%' ESCAPE '\' THEN 'expiring' ELSE kind END AS kind,
         CASE WHEN kind LIKE 'expiring\_%' ESCAPE '\' THEN json_object('hours_left', CAST(substr(kind, 10) AS INTEGER)) ELSE '{}' END AS payload,
         created_at
  FROM outbox;
DROP TABLE outbox;
CREATE TABLE outbox (
  id           INTEGER PRIMARY KEY,
  subject      TEXT NOT NULL,
  -- Empty for the desk.
  subject_id   TEXT NOT NULL,
  kind         TEXT NOT NULL,
  payload      TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  -- When a notification that stays on the screen was shown. Every other one is removed then.
  delivered_at INTEGER,
  -- 1: it is to be taken off the screen.
  withdrawn    INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO outbox (id, subject, subject_id, kind, payload, created_at)
  SELECT id, 'recording', recording_id, kind, payload, created_at FROM waiting;
DROP TABLE waiting;
