-- Events on their way to other people and programs. Each row is written in the transaction of the change that causes it: one event to one
-- recipient through one channel (webhook, slack or email).
CREATE TABLE deliveries (
  id           INTEGER PRIMARY KEY,
  -- The same for every recipient, attempt and replay.
  event_id     TEXT NOT NULL,
  channel      TEXT NOT NULL,
  -- An e-mail address, or the host that gets it.
  recipient    TEXT NOT NULL,
  -- What it is about: so far a recording.
  subject      TEXT NOT NULL,
  subject_id   TEXT NOT NULL,
  -- recording.complete or recording.failed, and what was known then as JSON of the kind.
  kind         TEXT NOT NULL,
  facts        TEXT NOT NULL,
  -- waiting, sending, accepted, failed or stopped.
  state        TEXT NOT NULL,
  attempts     INTEGER NOT NULL DEFAULT 0,
  next_attempt INTEGER,
  retry_until  INTEGER NOT NULL,
  -- Without secrets and addresses, and bounded.
  last_answer  TEXT,
  created_at   INTEGER NOT NULL,
  sent_at      INTEGER,
  UNIQUE (event_id, channel, recipient)
) STRICT;
CREATE INDEX deliveries_open ON deliveries (channel, next_attempt) WHERE state IN ('waiting', 'sending');
CREATE INDEX deliveries_by_subject ON deliveries (subject, subject_id, channel, recipient, id);
CREATE INDEX deliveries_over ON deliveries (created_at) WHERE state NOT IN ('waiting', 'sending');

-- The channels of this desk. Secrets, and addresses that are secrets, are in the keyring.
CREATE TABLE delivery_channels (
  channel        TEXT PRIMARY KEY,
  -- 1: events are queued for it.
  is_on          INTEGER NOT NULL,
  -- Where the webhook sends to; NULL for the other channels.
  address        TEXT,
  -- Wall-clock times as HH:MM with their zone, or NULL.
  quiet_from     TEXT,
  quiet_to       TEXT,
  quiet_zone     TEXT,
  -- When the webhook's secret replaced another one.
  secret_renewed INTEGER,
  last_sent      INTEGER,
  -- What went wrong last, until something was accepted.
  last_error     TEXT,
  last_error_at  INTEGER
) STRICT, WITHOUT ROWID;

-- 0: participants of the class get no e-mail about its recording.
ALTER TABLE sessions ADD COLUMN mails_participants INTEGER NOT NULL DEFAULT 1;
