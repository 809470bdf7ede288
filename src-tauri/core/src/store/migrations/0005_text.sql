-- FTS5 writes its index out after every statement that may be rolled back by itself, which a trigger makes of every row. What is added is
-- indexed in one statement for all rows instead, in the transaction that adds them.
DROP TRIGGER recordings_text_insert;
