-- name: only_by_index
-- For the connection that accepts: its look-ups are few keys in tables that grow for ever, while statistics of a new
-- table, or of one that just grew tenfold, would have the planner read it whole.
SELECT set_config('enable_hashjoin', 'off', false), set_config('enable_mergejoin', 'off', false),
       set_config('enable_seqscan', 'off', false);

-- name: lock_keys
-- Takes the transaction's locks on event ids and reports, in the order given (sorted by the caller, so that two
-- transactions never wait for each other in a circle).
SELECT pg_advisory_xact_lock(key) FROM unnest(%(keys)s::bigint[]) AS wanted (key);

-- name: known_ids
-- What the ledger remembers of these event ids.
SELECT l.source, l.id, l.type, l.province, l.unit, l.round, l.form, l.revision, l.content_hash, l.salt, l.link,
       l.partition, l.position, l.received_at, l.deadline, l.late, l.client, l.warnings, l.explanations
FROM unnest(%(sources)s::text[], %(ids)s::text[]) AS asked (source, id)
JOIN ingest.ledger AS l USING (source, id);

-- name: slots_of
-- The latest revision of these reports, and when the first one came (of slots that a process of before wrote: from
-- the ledger).
SELECT s.round, s.form, s.unit, s.revision, s.withdrawn,
       coalesce(s.first_received_at, (
           SELECT l.received_at FROM ingest.ledger AS l
           WHERE (l.round, l.form, l.unit) = (s.round, s.form, s.unit) ORDER BY l.position LIMIT 1))
FROM unnest(%(rounds)s::text[], %(forms)s::text[], %(units)s::text[]) AS asked (round, form, unit)
JOIN ingest.slots AS s USING (round, form, unit);

-- name: put_slots
-- The reports' new latest revisions.
INSERT INTO ingest.slots (round, form, unit, revision, withdrawn, late, received_at, first_received_at, nil)
SELECT * FROM unnest(%(rounds)s::text[], %(forms)s::text[], %(units)s::text[], %(revisions)s::integer[],
                     %(withdrawn)s::boolean[], %(late)s::boolean[], %(received)s::timestamptz[], %(first)s::timestamptz[],
                     %(nil)s::boolean[])
ON CONFLICT (round, form, unit) DO UPDATE
SET revision = excluded.revision, withdrawn = excluded.withdrawn, late = excluded.late,
    received_at = excluded.received_at, first_received_at = excluded.first_received_at,
    nil = excluded.nil;

-- name: copy_ledger
-- New rows of the ledger; store.LEDGER_TYPES are the columns' types.
COPY ingest.ledger (source, id, type, province, unit, round, form, revision, content_hash, salt, link, partition,
                    position, received_at, deadline, late, client, warnings, explanations) FROM STDIN (FORMAT binary);

-- name: copy_refusals
-- Why submissions were refused.
COPY ingest.refusals (at, client, province, source, id, unit, round, errors) FROM STDIN;

-- name: refusals_of
-- Refusals of a province (or of one client, or of some units), newest first, before a given one.
SELECT refusal, at, client, source, id, unit, round, errors FROM ingest.refusals
WHERE province = %(province)s AND (%(client)s::text IS NULL OR client = %(client)s)
  AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s::text[]))
  AND (%(before)s::bigint IS NULL OR refusal < %(before)s)
ORDER BY refusal DESC LIMIT %(limit)s;

-- name: forget_refusals
-- Removes refusals older than so many days, from the oldest on; at most a page.
DELETE FROM ingest.refusals WHERE refusal IN (
    SELECT refusal FROM (SELECT refusal, at FROM ingest.refusals ORDER BY refusal LIMIT %(limit)s) AS oldest
    WHERE at < eventlog.hub_now() - make_interval(days => %(days)s));

-- name: forget_refusals_beyond
-- Removes refusals of clients that have more than so many, from the oldest on; at most a page.
DELETE FROM ingest.refusals WHERE refusal IN (
    SELECT refusal FROM (
        SELECT refusal, row_number() OVER (PARTITION BY client ORDER BY refusal DESC) AS place
        FROM ingest.refusals) AS ranked
    WHERE place > %(most)s ORDER BY refusal LIMIT %(limit)s);

-- name: ledger_page
-- The ledger of a province (or of some of its units) after a position, for reconciliation.
SELECT source, id, type, province, unit, round, form, revision, content_hash, salt, link, partition, position,
       received_at, deadline, late, client, warnings, explanations
FROM ingest.ledger
WHERE province = %(province)s AND position > %(after)s AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s::text[]))
ORDER BY position LIMIT %(limit)s;
