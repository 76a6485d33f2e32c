-- name: bump_definitions
-- Tells every process that a definition changed; the row is the lock under which definitions change.
UPDATE ingest.definitions SET version = version + 1 RETURNING version;

-- name: take_turn
-- Waits until nobody else changes definitions; held by the session until it is given back or ends.
SELECT pg_advisory_lock(%(turn)s);

-- name: give_turn
-- Lets the next one change definitions.
SELECT pg_advisory_unlock(%(turn)s);
