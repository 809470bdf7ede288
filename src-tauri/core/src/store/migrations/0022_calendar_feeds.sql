-- Wall-clock times beside those of the rule, as a JSON array.
ALTER TABLE series ADD COLUMN extra TEXT NOT NULL DEFAULT '[]';

-- An event that its calendar no longer has. Its class was cancelled for that reason, and comes back with the event.
ALTER TABLE calendar_events ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;

-- The ids of the sessions that were cancelled for that reason, as a JSON array: those of a series that were cancelled before stay so.
ALTER TABLE calendar_events ADD COLUMN taken_off TEXT NOT NULL DEFAULT '[]';

-- Whether a feed brought the event. A feed cancels the classes of such events alone.
ALTER TABLE calendar_events ADD COLUMN fed INTEGER NOT NULL DEFAULT 0;

-- Calendars that are read again from an address. `address` is `NULL` where it is not one of this computer: then the keyring has it, and `shown`
-- names the host alone. `etag` and `last_modified` are what the last answer said, for the next question. Moments are in milliseconds;
-- `good_at` is the last time at which the calendar was read whole. `problem` and `remedy` are the words for the last failure.
CREATE TABLE calendar_feeds (
  calendar_id   TEXT PRIMARY KEY REFERENCES calendars (id),
  name          TEXT NOT NULL,
  shown         TEXT NOT NULL,
  address       TEXT,
  timezone      TEXT NOT NULL,
  instructor    TEXT,
  etag          TEXT,
  last_modified TEXT,
  pace          INTEGER NOT NULL,
  added_at      INTEGER NOT NULL,
  asked_at      INTEGER NOT NULL,
  good_at       INTEGER NOT NULL,
  due_at        INTEGER NOT NULL,
  failures      INTEGER NOT NULL,
  problem       TEXT,
  remedy        TEXT,
  new_events    INTEGER NOT NULL,
  changed       INTEGER NOT NULL,
  gone          INTEGER NOT NULL,
  changed_here  INTEGER NOT NULL,
  refused       INTEGER NOT NULL
) STRICT;

-- The file that is kept up to date with the schedule, and the published calendar. There is one row at most of each kind.
CREATE TABLE calendar_outlets (
  kind       TEXT PRIMARY KEY,
  place      TEXT NOT NULL,
  content    TEXT,
  written_at INTEGER,
  due_at     INTEGER,
  problem    TEXT,
  remedy     TEXT
) STRICT;
