-- What was done with links and keys: one chain of rows for each desk. How a row is hashed and signed is described in
-- domain/sharing/ledger.rs. Rows are added; the only change is the signature of a row that waited for the keyring. `desk` is empty in
-- rows from before desks had chains; those have neither hash nor signature.
CREATE TABLE ledger (
  seq          INTEGER PRIMARY KEY,
  desk         TEXT NOT NULL,
  n            INTEGER NOT NULL,
  at           INTEGER NOT NULL,
  act          TEXT NOT NULL,
  role         TEXT NOT NULL,
  os_user      TEXT NOT NULL,
  recording_id TEXT,
  session_id   TEXT,
  video_id     TEXT,
  link_id      TEXT,
  kid          TEXT,
  -- JSON: download, not_before, rules.
  rights       TEXT,
  expires_at   INTEGER,
  -- The first 128 bits of the SHA-256 of the token. The token itself is kept nowhere.
  fingerprint  TEXT,
  note         TEXT NOT NULL,
  prev         BLOB NOT NULL,
  hash         BLOB NOT NULL,
  signature    BLOB,
  UNIQUE (desk, n)
) STRICT;
CREATE INDEX ledger_newest ON ledger (at DESC, seq DESC);
CREATE INDEX ledger_by_act ON ledger (act, at DESC, seq DESC);
CREATE INDEX ledger_by_recording ON ledger (recording_id, at DESC, seq DESC);
CREATE INDEX ledger_by_key ON ledger (kid, at DESC, seq DESC);
CREATE INDEX ledger_by_link ON ledger (link_id);
CREATE INDEX ledger_unsigned ON ledger (desk, n) WHERE signature IS NULL;

-- The end of each chain, so that rows cut off the end can be told from an older file.
CREATE TABLE ledger_heads (
  desk      TEXT PRIMARY KEY,
  n         INTEGER NOT NULL,
  hash      BLOB NOT NULL,
  signature BLOB
) STRICT, WITHOUT ROWID;

-- Where a chain ended in a database that a backup has replaced, until the chain goes on.
CREATE TABLE ledger_restores (
  desk TEXT PRIMARY KEY,
  n    INTEGER NOT NULL,
  hash BLOB NOT NULL,
  at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO ledger (desk, n, at, act, role, os_user, recording_id, session_id, video_id, link_id, kid, rights, expires_at, note, prev, hash)
SELECT '', row_number() OVER (ORDER BY l.created_at, l.id), l.created_at, 'link_made', 'unknown', '', l.recording_id, r.session_id, l.video_id, l.id,
  l.kid, CASE WHEN l.download THEN '{"download":true}' ELSE '{"download":false}' END, l.expires_at, '', x'', x''
FROM share_links l JOIN recordings r ON r.id = l.recording_id
ORDER BY l.created_at, l.id;

CREATE TRIGGER ledger_rows_are_kept BEFORE DELETE ON ledger BEGIN
  SELECT RAISE(ABORT, 'the ledger is append-only');
END;
CREATE TRIGGER ledger_rows_are_final BEFORE UPDATE OF seq, desk, n, at, act, role, os_user, recording_id, session_id, video_id, link_id, kid,
  rights, expires_at, fingerprint, note, prev, hash ON ledger BEGIN
  SELECT RAISE(ABORT, 'the ledger is append-only');
END;
CREATE TRIGGER ledger_signatures_are_final BEFORE UPDATE OF signature ON ledger WHEN OLD.signature IS NOT NULL BEGIN
  SELECT RAISE(ABORT, 'the ledger is append-only');
END;

-- The keys that sign links. Their private halves are in the keyring.
CREATE TABLE key_groups (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL COLLATE NOCASE UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE signing_keys (
  kid          TEXT PRIMARY KEY,
  name         TEXT NOT NULL,
  -- desk, group, recording, pool, or unclaimed: it came with a lost reply, so that nobody here has its private half.
  purpose      TEXT NOT NULL,
  group_id     TEXT REFERENCES key_groups (id),
  recording_id TEXT,
  -- in_use, replaced, revoked or missing.
  state        TEXT NOT NULL,
  -- made or imported.
  origin       TEXT NOT NULL,
  made_at      INTEGER NOT NULL,
  changed_at   INTEGER NOT NULL,
  -- When a replaced key is deleted at Cloudflare; NULL for never.
  delete_after INTEGER
) STRICT;
CREATE UNIQUE INDEX signing_keys_of_desk ON signing_keys (purpose) WHERE purpose = 'desk' AND state = 'in_use';
CREATE UNIQUE INDEX signing_keys_of_groups ON signing_keys (group_id) WHERE purpose = 'group' AND state = 'in_use';
CREATE UNIQUE INDEX signing_keys_of_recordings ON signing_keys (recording_id) WHERE purpose = 'recording' AND state = 'in_use';
CREATE INDEX share_links_by_key ON share_links (kid, expires_at);

-- A key that Cloudflare was asked for, before the reply: the ids that its list had then, as JSON.
CREATE TABLE key_intents (
  id    INTEGER PRIMARY KEY,
  at    INTEGER NOT NULL,
  known TEXT NOT NULL
) STRICT;

INSERT INTO signing_keys (kid, name, purpose, state, origin, made_at, changed_at)
SELECT s.value, 'This desk', 'desk', 'in_use', 'made', at.first, at.first
FROM settings s, (SELECT coalesce(min(l.created_at), CAST(unixepoch('subsec') * 1000 AS INTEGER)) AS first FROM settings k LEFT JOIN share_links l ON l.kid = k.value WHERE k.key = 'signing_kid') at
WHERE s.key = 'signing_kid';
DELETE FROM settings WHERE key = 'signing_kid';
