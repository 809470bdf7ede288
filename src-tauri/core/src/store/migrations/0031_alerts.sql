-- Rules for alerts that a person changed or added. What is not here is as Hajime brings it.
CREATE TABLE alert_rules (
  -- The word of a metric for the rule that Hajime brings, else an id.
  id     TEXT PRIMARY KEY,
  -- As JSON, by the names of the journal.
  fields TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Alerts: while a rule holds, and after that for a year.
CREATE TABLE alerts (
  id              TEXT PRIMARY KEY,
  rule_id         TEXT NOT NULL,
  metric          TEXT NOT NULL,
  threshold       REAL,
  since           INTEGER NOT NULL,
  -- NULL while it has not held long enough.
  opened_at       INTEGER,
  well_since      INTEGER,
  closed_at       INTEGER,
  -- What was measured, in words.
  detail          TEXT NOT NULL,
  -- What it is about, as JSON, bounded.
  affected        TEXT NOT NULL,
  affected_total  INTEGER NOT NULL,
  held_back       INTEGER NOT NULL,
  acknowledged_at INTEGER,
  snoozed_until   INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX alerts_present ON alerts (rule_id) WHERE closed_at IS NULL;
CREATE INDEX alerts_closed ON alerts (closed_at) WHERE closed_at IS NOT NULL;

-- What was told of an alert, by the channel. What became of a message outside this computer is in deliveries.
CREATE TABLE alert_messages (
  alert_id TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
  -- desktop, email, slack or webhook.
  channel  TEXT NOT NULL,
  -- opened, repeated or over.
  news     TEXT NOT NULL,
  at       INTEGER NOT NULL
) STRICT;
CREATE INDEX alert_messages_of ON alert_messages (alert_id, at);
CREATE INDEX alert_messages_at ON alert_messages (at);

-- What Stream said about its storage, in minutes of video. The readings of an hour are kept for 14 days, and then the last one of each day.
CREATE TABLE storage_readings (
  at      INTEGER PRIMARY KEY,
  used    REAL NOT NULL,
  allowed REAL NOT NULL
) STRICT;

-- The recordings that were decided last.
CREATE INDEX recordings_decided ON recordings (stage_since) WHERE status IN ('READY', 'FAILED') AND clip_of IS NULL;
