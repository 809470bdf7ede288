-- Recurring classes. `rule` is a recurrence rule of RFC 5545, which counts from the wall-clock time `first_local` in `timezone`.
-- Occurrences before `counts_from`, or from `ends_before` on, belong to another series or to none. `exceptions` is a JSON array of
-- wall-clock times that never become sessions. How far ahead sessions exist follows from the last of them.
CREATE TABLE series (
  id               TEXT PRIMARY KEY,
  rule             TEXT NOT NULL,
  first_local      TEXT NOT NULL,
  first_occurrence INTEGER,
  timezone         TEXT NOT NULL,
  counts_from      TEXT NOT NULL,
  ends_before      TEXT,
  exceptions       TEXT NOT NULL,
  title            TEXT NOT NULL,
  instructor       TEXT NOT NULL,
  length           INTEGER NOT NULL,
  record           INTEGER NOT NULL,
  quality          TEXT NOT NULL,
  max_participants INTEGER NOT NULL,
  created_at       INTEGER NOT NULL
) STRICT;

-- The series of a session, and the wall-clock time at which the rule put it, so that a moved session stays known.
ALTER TABLE sessions ADD COLUMN series_id TEXT REFERENCES series (id);
ALTER TABLE sessions ADD COLUMN occurrence TEXT;
CREATE UNIQUE INDEX sessions_by_occurrence ON sessions (series_id, occurrence) WHERE series_id IS NOT NULL;
