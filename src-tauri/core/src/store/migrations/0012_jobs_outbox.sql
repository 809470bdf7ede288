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
) STRICT;
