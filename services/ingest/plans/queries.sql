-- name: newest
-- The newest version of a plan, what it is, and which closes of data its rounds open for.
SELECT version, digest, opens_from, last_close FROM ingest.plans WHERE plan = %(plan)s ORDER BY version DESC LIMIT 1;

-- name: put_plan
-- A new version of a plan.
INSERT INTO ingest.plans (plan, version, programme, province, digest, document, published_at, published_by, opens_from)
VALUES (%(plan)s, %(version)s, %(programme)s, %(province)s, %(digest)s, %(document)s, %(at)s, %(by)s,
        %(opens_from)s);

-- name: document
-- The document of one version of a plan; of the newest, where none is named.
SELECT version, document FROM ingest.plans
WHERE plan = %(plan)s AND version = coalesce(%(version)s, version) ORDER BY version DESC LIMIT 1;

-- name: open_past
-- The rounds that were past when the plan was published open too.
UPDATE ingest.plans SET opens_from = NULL WHERE plan = %(plan)s AND opens_from IS NOT NULL;

-- name: retire
-- The newest version opens no more rounds whose close of data lies after a day.
UPDATE ingest.plans SET last_close = %(last)s WHERE plan = %(plan)s AND version = %(version)s;
