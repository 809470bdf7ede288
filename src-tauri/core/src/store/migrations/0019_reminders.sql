-- The reminders of classes that were told at this desk, so that each is told once. `start` is the planned start that the
-- reminder was about: a class that is moved is announced again.
CREATE TABLE reminders (
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  start      INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  told_at    INTEGER NOT NULL,
  PRIMARY KEY (start, session_id, kind)
) STRICT, WITHOUT ROWID;
