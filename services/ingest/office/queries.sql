-- name: bump_definitions
-- Tells every process that a definition changed; the row is the lock under which definitions change.
UPDATE ingest.definitions SET version = version + 1 RETURNING version;
