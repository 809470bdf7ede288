-- Calendars of other programs that were imported. `frame` is the calendar without the events that became classes; `text` is
-- such an event as it was written, so that an export loses nothing. `recurrence` is the instant of the date of a series that
-- the event stands for, in milliseconds, and -1 for every other event. A date that does not take place has neither session
-- nor series.
CREATE TABLE calendars (
  id          TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  frame       TEXT NOT NULL,
  imported_at INTEGER NOT NULL
) STRICT;

CREATE TABLE calendar_events (
  uid         TEXT NOT NULL,
  recurrence  INTEGER NOT NULL,
  calendar_id TEXT NOT NULL REFERENCES calendars (id),
  position    INTEGER NOT NULL,
  text        TEXT NOT NULL,
  session_id  TEXT,
  series_id   TEXT,
  PRIMARY KEY (uid, recurrence)
) STRICT;
CREATE INDEX calendar_events_by_calendar ON calendar_events (calendar_id, position);
