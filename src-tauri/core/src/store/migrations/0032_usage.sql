-- For how many minutes each video was watched on each day in UTC, as the analytics told. Cloudflare keeps them for 90 days, this desk for ever.
CREATE TABLE watched_days (
  day     TEXT NOT NULL,
  video   TEXT NOT NULL,
  minutes REAL NOT NULL,
  PRIMARY KEY (day, video)
) STRICT, WITHOUT ROWID;
CREATE INDEX watched_days_by_video ON watched_days (video, day);

-- The days that were counted. A video without a row in `watched_days` was not watched on such a day; of other days nothing is known.
CREATE TABLE watched_counted (
  day        TEXT PRIMARY KEY,
  counted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What RealtimeKit counted on each day.
CREATE TABLE room_days (
  day              TEXT PRIMARY KEY,
  sessions         INTEGER NOT NULL,
  minutes          REAL NOT NULL,
  recorded_minutes REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- When the analytics were asked last, when they are asked again, and why they were not told.
CREATE TABLE usage_asked (
  subject  TEXT PRIMARY KEY,
  asked_at INTEGER NOT NULL,
  again_at INTEGER NOT NULL,
  message  TEXT,
  next     TEXT
) STRICT, WITHOUT ROWID;

-- What takes the minutes of the storage is added up over all videos that can be watched.
CREATE INDEX recordings_stored ON recordings (instructor, removed_at, length, video_id) WHERE status = 'READY' AND video_id IS NOT NULL;
