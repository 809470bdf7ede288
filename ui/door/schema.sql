-- What the door keeps: the tables of its D1 database. The desk makes them and fills classes and links; the door fills seats and events.
-- Moments are milliseconds since 1970. Codes, seats and passphrases are here as SHA-256 only.

-- A class that people can join.
CREATE TABLE IF NOT EXISTS classes (
  id         TEXT PRIMARY KEY,
  series     TEXT,
  title      TEXT NOT NULL,
  instructor TEXT NOT NULL,
  timezone   TEXT NOT NULL,
  starts     INTEGER NOT NULL,
  ends       INTEGER NOT NULL,
  -- When people are let in, and until when.
  opens      INTEGER NOT NULL,
  closes     INTEGER NOT NULL,
  -- RealtimeKit's meeting; NULL until it exists.
  room       TEXT,
  -- The most seats that are taken at once.
  cap        INTEGER NOT NULL,
  recorded   INTEGER NOT NULL,
  -- What people agree to before they are recorded; NULL for the words of the page.
  consent    TEXT,
  -- open, locked (the host lets each person in), over or cancelled.
  state      TEXT NOT NULL,
  -- Of two descriptions of a class, the later one holds.
  version    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS classes_of_series ON classes (series, opens) WHERE series IS NOT NULL;

-- A link to join: for everybody of a class or series, or for one person.
CREATE TABLE IF NOT EXISTS join_links (
  code    TEXT PRIMARY KEY,
  class   TEXT,
  series  TEXT,
  -- The person whose link it is, by the desk's mark, and the name; NULL where everybody says the own name.
  person  TEXT,
  name    TEXT,
  preset  TEXT NOT NULL,
  -- 1: seats of this link count against the cap. Those of hosts do not.
  counts  INTEGER NOT NULL,
  revoked INTEGER,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The place of one person in one class. A seat is known by a secret that the page makes and keeps.
CREATE TABLE IF NOT EXISTS seats (
  id          TEXT PRIMARY KEY,
  class       TEXT NOT NULL,
  code        TEXT NOT NULL,
  secret      TEXT NOT NULL,
  person      TEXT,
  name        TEXT NOT NULL,
  -- waiting (for the host), admitted or refused (by the host), in, left (the place is free again), removed.
  state       TEXT NOT NULL,
  counts      INTEGER NOT NULL,
  -- RealtimeKit's participant and the meeting it belongs to; NULL until it is made.
  participant TEXT,
  room        TEXT,
  -- 1 or 0: whether the person agreed to be recorded; NULL where nobody asks.
  agreed      INTEGER,
  made        INTEGER NOT NULL,
  asked       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS seats_by_secret ON seats (class, code, secret);
CREATE UNIQUE INDEX IF NOT EXISTS seats_by_person ON seats (class, person) WHERE person IS NOT NULL;
CREATE INDEX IF NOT EXISTS seats_taken ON seats (class, state);

-- A link to watch a recording.
CREATE TABLE IF NOT EXISTS watch_links (
  code       TEXT PRIMARY KEY,
  video      TEXT NOT NULL,
  title      TEXT NOT NULL,
  recorded   INTEGER NOT NULL,
  seconds    INTEGER,
  not_before INTEGER,
  until      INTEGER NOT NULL,
  -- Of the key that the page derives from the passphrase; with it the salt and the number of rounds.
  passphrase TEXT,
  salt       TEXT,
  rounds     INTEGER,
  -- A list of countries as JSON, and whether they are the only ones or the ones left out.
  countries  TEXT,
  only       INTEGER NOT NULL DEFAULT 1,
  download   INTEGER NOT NULL DEFAULT 0,
  start      INTEGER NOT NULL DEFAULT 0,
  revoked    INTEGER,
  version    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A player that was opened. It is renewed by its id.
CREATE TABLE IF NOT EXISTS plays (
  id   TEXT PRIMARY KEY,
  code TEXT NOT NULL,
  at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS plays_by_time ON plays (at);

-- What happened, for the desk to fetch by its number. The door deletes what is older than 90 days.
CREATE TABLE IF NOT EXISTS events (
  seq     INTEGER PRIMARY KEY AUTOINCREMENT,
  at      INTEGER NOT NULL,
  -- waiting, joined (also when the answer about the recording changes) or played.
  kind    TEXT NOT NULL,
  -- The link's code, as kept above.
  code    TEXT NOT NULL,
  class   TEXT,
  seat    TEXT,
  country TEXT
) STRICT;

-- What keeps the door from doing its work, for the desk to tell: realtimekit or signing.
CREATE TABLE IF NOT EXISTS troubles (
  reason TEXT PRIMARY KEY,
  -- When it was noted last, and in how many minutes it was.
  at     INTEGER NOT NULL,
  times  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What desks tell each other: signing_key, token and token_owner, so that any of them can renew or take down the door; schema is the
-- version of these tables.
CREATE TABLE IF NOT EXISTS facts (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO facts (name, value) VALUES ('schema', '1')
  ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE CAST(excluded.value AS INTEGER) > CAST(value AS INTEGER);
