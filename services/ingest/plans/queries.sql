-- name: newest
-- The newest version of a plan and what it is.
SELECT version, digest FROM ingest.plans WHERE plan = %(plan)s ORDER BY version DESC LIMIT 1;

-- name: put_plan
-- A new version of a plan.
INSERT INTO ingest.plans (plan, version, programme, province, digest, document, published_at, published_by)
VALUES (%(plan)s, %(version)s, %(programme)s, %(province)s, %(digest)s, %(document)s, %(at)s, %(by)s);

-- name: newest_document
-- The document of a plan's newest version.
SELECT document FROM ingest.plans WHERE plan = %(plan)s ORDER BY version DESC LIMIT 1;
