-- name: now_and_version
-- The hub's clock and the version of the definitions, read in the accepting transaction.
SELECT eventlog.hub_now(), version FROM ingest.definitions;

-- name: registry_rows
-- The registry of units.
SELECT kind, body FROM ingest.registry;

-- name: plans
-- Every version of every plan, and which closes of data its rounds open for; the document of those not known yet.
SELECT plan, version, CASE WHEN plan || '/' || version = ANY(%(known)s::text[]) THEN NULL ELSE document END AS document,
       opens_from, last_close
FROM ingest.plans ORDER BY plan, version;

-- name: rounds
-- Every round that was opened; a locked one without its units and deadlines, which nobody asks any more: a process
-- stays small over ten years of rounds.
SELECT round, CASE WHEN locked_at IS NULL THEN body ELSE (body::jsonb - 'obliged' - 'deadlines')::text END, opened_at,
       locked_at IS NOT NULL
FROM ingest.rounds;

-- name: whole_round
-- One round with everything, also when it is locked.
SELECT body, opened_at, locked_at IS NOT NULL FROM ingest.rounds WHERE round = %(round)s;

-- name: extensions_of
-- The extensions of one round, in the order they were granted.
SELECT obligation, unit, until FROM ingest.extensions WHERE round = %(round)s ORDER BY granted_at;

-- name: extensions
-- Every extension, in the order they were granted.
SELECT round, obligation, unit, until FROM ingest.extensions ORDER BY granted_at;
