-- How often a failed recording was tried again by itself, and what it had failed with before: people are told of each cause once.
ALTER TABLE recordings ADD COLUMN retries       INTEGER NOT NULL DEFAULT 0;
ALTER TABLE recordings ADD COLUMN retried_cause TEXT;
-- What failed before there was a rule is looked at once: the rule decides whether there is something to begin with.
UPDATE recordings SET next_check = stage_since
 WHERE status = 'FAILED' AND removed_at IS NULL AND attached = 0 AND cloud_id IS NOT NULL
   AND cause IN ('storage_full', 'disk_full', 'import_refused', 'source_unreachable', 'encoding_failed', 'no_file', 'took_too_long',
                 'disk_refused', 'damaged');
