-- name: put_registry_row
-- One row of the registry, new or replaced.
INSERT INTO ingest.registry (kind, key, body) VALUES (%(kind)s, %(key)s, %(body)s)
ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body;
