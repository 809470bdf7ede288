-- The captions of videos, by language. `generated` is whether Stream made them and nobody changed them. A row in the state `asked` is written
-- before Stream is asked to make captions; `next_ask` is when Stream is asked how far they are.
CREATE TABLE captions (
  recording_id TEXT NOT NULL REFERENCES recordings (id),
  video_id     TEXT NOT NULL,
  language     TEXT NOT NULL,
  generated    INTEGER NOT NULL,
  state        TEXT NOT NULL,
  since        INTEGER NOT NULL,
  tries        INTEGER NOT NULL,
  next_ask     INTEGER,
  PRIMARY KEY (recording_id, language)
) STRICT, WITHOUT ROWID;
CREATE INDEX captions_to_ask_for ON captions (next_ask) WHERE next_ask IS NOT NULL;

-- The lines of captions, in the order of time.
CREATE TABLE caption_lines (
  recording_id TEXT NOT NULL,
  language     TEXT NOT NULL,
  n            INTEGER NOT NULL,
  start_ms     INTEGER NOT NULL,
  end_ms       INTEGER NOT NULL,
  text         TEXT NOT NULL,
  PRIMARY KEY (recording_id, language, n),
  FOREIGN KEY (recording_id, language) REFERENCES captions (recording_id, language) ON DELETE CASCADE
) STRICT;
CREATE TRIGGER search_caption_added AFTER INSERT ON caption_lines BEGIN
  INSERT INTO search_pending SELECT NEW.recording_id WHERE NOT EXISTS (SELECT 1 FROM search_pending WHERE recording_id = NEW.recording_id);
END;
CREATE TRIGGER search_caption_removed AFTER DELETE ON caption_lines BEGIN
  INSERT INTO search_pending SELECT OLD.recording_id WHERE NOT EXISTS (SELECT 1 FROM search_pending WHERE recording_id = OLD.recording_id);
END;

-- The check of picture and sound of each video. It is written before anything is looked at.
CREATE TABLE recording_checks (
  recording_id TEXT PRIMARY KEY REFERENCES recordings (id),
  video_id     TEXT NOT NULL,
  picture      TEXT NOT NULL,
  sound        TEXT NOT NULL,
  muted        INTEGER NOT NULL,
  tries        INTEGER NOT NULL,
  next_try     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX recording_checks_to_do ON recording_checks (next_try) WHERE next_try IS NOT NULL;

-- What is wrong with a stretch of a video, in the order of time.
CREATE TABLE check_stretches (
  recording_id TEXT NOT NULL REFERENCES recording_checks (recording_id) ON DELETE CASCADE,
  flaw         TEXT NOT NULL,
  start_ms     INTEGER NOT NULL,
  end_ms       INTEGER NOT NULL,
  PRIMARY KEY (recording_id, flaw, start_ms)
) STRICT, WITHOUT ROWID;

-- Videos that became ready a short time ago are looked for.
CREATE INDEX recordings_ready_since ON recordings (stage_since) WHERE stage = 'ready' AND removed_at IS NULL;
