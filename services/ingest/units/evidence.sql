-- name: registry_rows
-- The registry of units with the names of its rows.
SELECT kind || ' ' || key, body FROM ingest.registry ORDER BY kind, key;
