-- Ranges of days without classes of a series, or of all series where `series_id` is NULL. The days are those of each
-- class's own zone, and `last_day` belongs to the range.
CREATE TABLE holidays (
  id         TEXT PRIMARY KEY,
  first_day  TEXT NOT NULL,
  last_day   TEXT NOT NULL,
  reason     TEXT NOT NULL,
  series_id  TEXT,
  created_at INTEGER NOT NULL
) STRICT;

-- The sessions that a holiday has cancelled, which come back when it is removed.
CREATE TABLE holiday_sessions (
  holiday_id TEXT NOT NULL REFERENCES holidays (id) ON DELETE CASCADE,
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  PRIMARY KEY (holiday_id, session_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX holiday_sessions_by_session ON holiday_sessions (session_id);
