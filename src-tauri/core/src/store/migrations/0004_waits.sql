-- How long Cloudflare took, and what was seen on the way: what the next look is planned with.
CREATE TABLE waits (
  id           INTEGER PRIMARY KEY,
  recording_id TEXT NOT NULL REFERENCES recordings (id),
  kind         TEXT NOT NULL CHECK (kind IN ('saving', 'importing')),
  began        INTEGER NOT NULL,
  ended        INTEGER
) STRICT;
CREATE UNIQUE INDEX waits_going ON waits (recording_id) WHERE ended IS NULL;
CREATE INDEX waits_over ON waits (kind, id) WHERE ended IS NOT NULL;

CREATE TABLE wait_marks (
  wait_id INTEGER NOT NULL REFERENCES waits (id) ON DELETE CASCADE,
  percent INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (wait_id, percent)
) STRICT, WITHOUT ROWID;
