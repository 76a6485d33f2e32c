-- name: put_registry_row
-- One row of the registry, new or replaced.
INSERT INTO ingest.registry (kind, key, body) VALUES (%(kind)s, %(key)s, %(body)s)
ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body;

-- name: put_boundaries
-- The boundaries of a province's communes, in place of any before.
INSERT INTO ingest.boundaries (province, digest, body, imported_at, imported_by)
VALUES (%(province)s, %(digest)s, %(body)s, %(at)s, %(by)s)
ON CONFLICT (province) DO UPDATE
SET digest = excluded.digest, body = excluded.body, imported_at = excluded.imported_at,
    imported_by = excluded.imported_by;

-- name: hold_boundaries
-- Lets nobody else replace a province's boundaries until the transaction ends, also where it has none yet.
SELECT pg_advisory_xact_lock(hashtextextended('boundaries ' || %(province)s, 0));

-- name: boundaries_digest
-- Which version of a province's boundaries is held.
SELECT digest FROM ingest.boundaries WHERE province = %(province)s;

-- name: boundaries
-- The boundaries of a province's communes.
SELECT body FROM ingest.boundaries WHERE province = %(province)s;
