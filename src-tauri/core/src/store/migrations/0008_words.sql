-- What a search looks through: title and instructor without the differences of case, width and accents. FTS5 knows words only where blanks
-- divide them, which leaves out Japanese, Chinese and Thai. Rows from before this have none until the database is opened.
ALTER TABLE recordings ADD COLUMN words TEXT NOT NULL DEFAULT '';
CREATE INDEX recordings_without_words ON recordings (id) WHERE words = '';
DROP TRIGGER recordings_text_update;
DROP TRIGGER recordings_text_delete;
DROP TABLE recordings_text;
