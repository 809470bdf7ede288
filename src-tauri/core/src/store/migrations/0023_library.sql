-- What people write about a recording. Its title is the column of `recordings`. `edited_at` and `edited_by` say which desk wrote last, and
-- `told` whether the metadata of the Stream video is known to say the same. `base` is the metadata that this desk last knew the video to have,
-- or what people had before the first change: what both desks that write at once began with.
CREATE TABLE recording_descriptions (
  recording_id TEXT PRIMARY KEY REFERENCES recordings (id),
  notes        TEXT NOT NULL,
  edited_at    INTEGER NOT NULL,
  edited_by    TEXT NOT NULL,
  told         INTEGER NOT NULL,
  base         TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX recording_descriptions_to_tell ON recording_descriptions (edited_at) WHERE told = 0;

-- Another video does not know yet what people wrote, and what the one before said is no beginning for it.
CREATE TRIGGER recording_descriptions_of_another_video AFTER UPDATE OF video_id ON recordings WHEN NEW.video_id IS NOT OLD.video_id BEGIN
  UPDATE recording_descriptions SET told = 0, base = CASE WHEN OLD.video_id IS NULL THEN base ELSE '' END WHERE recording_id = NEW.id;
END;

-- The tags of recordings. `tag` is the same for every spelling.
CREATE TABLE recording_tags (
  recording_id TEXT NOT NULL REFERENCES recordings (id),
  tag          TEXT NOT NULL,
  name         TEXT NOT NULL,
  PRIMARY KEY (recording_id, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX recording_tags_by_tag ON recording_tags (tag, recording_id);

CREATE TABLE library_views (
  id    TEXT PRIMARY KEY,
  name  TEXT NOT NULL,
  query TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The orders of the list that need no sorting.
CREATE INDEX recordings_by_time ON recordings (created_at DESC, id) WHERE removed_at IS NULL;
CREATE INDEX recordings_by_title ON recordings (words, id) WHERE removed_at IS NULL;
CREATE INDEX recordings_by_instructor ON recordings (instructor, id) WHERE removed_at IS NULL;

-- The index. A row of `search_text` is all text of one recording, in the form in which it is searched; its number is the one in `search_docs`,
-- which grows with the moment of the recording. `search_words` holds every word of it, so that a part of a word and a word with a typo are found.
CREATE TABLE search_docs (
  doc          INTEGER PRIMARY KEY,
  recording_id TEXT NOT NULL UNIQUE REFERENCES recordings (id)
) STRICT;
CREATE VIRTUAL TABLE search_text USING fts5 (
  title, instructor, tags, notes, people, chat, transcript,
  content = '', contentless_delete = 1, prefix = '2 3',
  tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co Cn Mn Mc So'"
);
CREATE TABLE search_words (
  id   INTEGER PRIMARY KEY,
  word TEXT NOT NULL UNIQUE
) STRICT;
CREATE VIRTUAL TABLE search_word_parts USING fts5 (word, content = '', tokenize = 'trigram');

-- The recordings whose text changed since it was indexed. The triggers write a row in the transaction of the change, whoever makes it. They
-- look for the row first: “OR IGNORE” in a trigger does not hold where the statement that fires it has a policy of its own.
CREATE TABLE search_pending (
  recording_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO search_pending SELECT id FROM recordings;

CREATE TRIGGER search_recording_added AFTER INSERT ON recordings BEGIN
  INSERT INTO search_pending SELECT NEW.id WHERE NOT EXISTS (SELECT 1 FROM search_pending WHERE recording_id = NEW.id);
END;
CREATE TRIGGER search_recording_changed AFTER UPDATE OF title, instructor, session_id ON recordings BEGIN
  INSERT INTO search_pending SELECT NEW.id WHERE NOT EXISTS (SELECT 1 FROM search_pending WHERE recording_id = NEW.id);
END;
CREATE TRIGGER search_notes_added AFTER INSERT ON recording_descriptions BEGIN
  INSERT INTO search_pending SELECT NEW.recording_id WHERE NOT EXISTS (SELECT 1 FROM search_pending WHERE recording_id = NEW.recording_id);
END;
CREATE TRIGGER search_notes_changed AFTER UPDATE OF notes ON recording_descriptions BEGIN
  INSERT INTO search_pending SELECT NEW.recording_id WHERE NOT EXISTS (SELECT 1 FROM search_pending WHERE recording_id = NEW.recording_id);
END;
CREATE TRIGGER search_tag_added AFTER INSERT ON recording_tags BEGIN
  INSERT INTO search_pending SELECT NEW.recording_id WHERE NOT EXISTS (SELECT 1 FROM search_pending WHERE recording_id = NEW.recording_id);
END;
CREATE TRIGGER search_tag_removed AFTER DELETE ON recording_tags BEGIN
  INSERT INTO search_pending SELECT OLD.recording_id WHERE NOT EXISTS (SELECT 1 FROM search_pending WHERE recording_id = OLD.recording_id);
END;
CREATE TRIGGER search_person_added AFTER INSERT ON roster BEGIN
  INSERT INTO search_pending SELECT id FROM recordings
   WHERE session_id = NEW.session_id AND NOT EXISTS (SELECT 1 FROM search_pending WHERE recording_id = recordings.id);
END;
CREATE TRIGGER search_person_changed AFTER UPDATE OF name ON roster BEGIN
  INSERT INTO search_pending SELECT id FROM recordings
   WHERE session_id = NEW.session_id AND NOT EXISTS (SELECT 1 FROM search_pending WHERE recording_id = recordings.id);
END;
CREATE TRIGGER search_person_removed AFTER DELETE ON roster BEGIN
  INSERT INTO search_pending SELECT id FROM recordings
   WHERE session_id = OLD.session_id AND NOT EXISTS (SELECT 1 FROM search_pending WHERE recording_id = recordings.id);
END;
CREATE TRIGGER search_chat_added AFTER INSERT ON chat_lines BEGIN
  INSERT INTO search_pending SELECT id FROM recordings
   WHERE session_id = NEW.session AND NOT EXISTS (SELECT 1 FROM search_pending WHERE recording_id = recordings.id);
END;
CREATE TRIGGER search_chat_changed AFTER UPDATE ON chat_lines BEGIN
  INSERT INTO search_pending SELECT id FROM recordings
   WHERE session_id = NEW.session AND NOT EXISTS (SELECT 1 FROM search_pending WHERE recording_id = recordings.id);
END;
CREATE TRIGGER search_chat_removed AFTER DELETE ON chat_lines BEGIN
  INSERT INTO search_pending SELECT id FROM recordings
   WHERE session_id = OLD.session AND NOT EXISTS (SELECT 1 FROM search_pending WHERE recording_id = recordings.id);
END;
CREATE TRIGGER search_transcript_added AFTER INSERT ON transcript_lines BEGIN
  INSERT INTO search_pending SELECT id FROM recordings
   WHERE session_id = NEW.session AND NOT EXISTS (SELECT 1 FROM search_pending WHERE recording_id = recordings.id);
END;
CREATE TRIGGER search_transcript_changed AFTER UPDATE ON transcript_lines BEGIN
  INSERT INTO search_pending SELECT id FROM recordings
   WHERE session_id = NEW.session AND NOT EXISTS (SELECT 1 FROM search_pending WHERE recording_id = recordings.id);
END;
CREATE TRIGGER search_transcript_removed AFTER DELETE ON transcript_lines BEGIN
  INSERT INTO search_pending SELECT id FROM recordings
   WHERE session_id = OLD.session AND NOT EXISTS (SELECT 1 FROM search_pending WHERE recording_id = recordings.id);
END;
