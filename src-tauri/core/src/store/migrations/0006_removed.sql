-- When somebody took a recording off the list because nothing of it is left at Cloudflare. Its row stays: the ledger of share links and its
-- history belong to it, and what is known is not found a second time.
ALTER TABLE recordings ADD COLUMN removed_at INTEGER;
DROP INDEX recordings_newest;
DROP INDEX recordings_by_status;
CREATE INDEX recordings_newest ON recordings (created_at DESC) WHERE removed_at IS NULL;
CREATE INDEX recordings_by_status ON recordings (status, created_at DESC) WHERE removed_at IS NULL;
CREATE INDEX recordings_removed ON recordings (removed_at DESC) WHERE removed_at IS NOT NULL;
