-- Where in the account's own storage RealtimeKit saved a file, bucket first: it then offers none to Stream.
ALTER TABLE recordings ADD COLUMN own_storage TEXT;
