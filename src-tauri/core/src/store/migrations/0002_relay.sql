-- How far this computer is with carrying a file to Stream, in bytes. The version is the origin's ETag: no address, no secret.
ALTER TABLE recordings ADD COLUMN relay_total   INTEGER;
ALTER TABLE recordings ADD COLUMN relay_fetched INTEGER;
ALTER TABLE recordings ADD COLUMN relay_sent    INTEGER;
ALTER TABLE recordings ADD COLUMN relay_version TEXT;

-- The warnings that a file will be gone: each once for each moment at which it would be.
CREATE TABLE rescue_warnings (
  recording_id TEXT NOT NULL REFERENCES recordings (id),
  file_expires INTEGER NOT NULL,
  hours        INTEGER NOT NULL,
  PRIMARY KEY (recording_id, file_expires, hours)
) STRICT, WITHOUT ROWID;
CREATE INDEX recordings_to_rescue ON recordings (file_expires)
  WHERE file_expires IS NOT NULL AND status IN ('PROCESSING', 'FAILED');
