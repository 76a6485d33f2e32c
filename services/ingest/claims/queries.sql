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
       l.partition, l.position, l.received_at, l.deadline, l.late, l.client, l.warnings
FROM unnest(%(sources)s::text[], %(ids)s::text[]) AS asked (source, id)
JOIN ingest.ledger AS l USING (source, id);

-- name: slots_of
-- The latest revision of these reports.
SELECT s.round, s.form, s.unit, s.revision, s.withdrawn
FROM unnest(%(rounds)s::text[], %(forms)s::text[], %(units)s::text[]) AS asked (round, form, unit)
JOIN ingest.slots AS s USING (round, form, unit);

-- name: put_slots
-- The reports' new latest revisions.
INSERT INTO ingest.slots (round, form, unit, revision, withdrawn, late, received_at)
SELECT * FROM unnest(%(rounds)s::text[], %(forms)s::text[], %(units)s::text[], %(revisions)s::integer[],
                     %(withdrawn)s::boolean[], %(late)s::boolean[], %(received)s::timestamptz[])
ON CONFLICT (round, form, unit) DO UPDATE
SET revision = excluded.revision, withdrawn = excluded.withdrawn, late = excluded.late,
    received_at = excluded.received_at;

-- name: copy_ledger
-- New rows of the ledger; store.LEDGER_TYPES are the columns' types.
COPY ingest.ledger (source, id, type, province, unit, round, form, revision, content_hash, salt, link, partition,
                    position, received_at, deadline, late, client, warnings) FROM STDIN (FORMAT binary);

-- name: copy_refusals
-- Why submissions were refused.
COPY ingest.refusals (at, client, province, source, id, unit, round, errors) FROM STDIN;

-- name: item
-- One content item, locked for a change of its state.
SELECT unit, item, revision, state, body, changed_at FROM ingest.contents
WHERE unit = %(unit)s AND item = %(item)s FOR UPDATE;

-- name: set_item_state
-- An approver's decision on a content item.
UPDATE ingest.contents SET state = %(state)s, changed_at = %(at)s WHERE unit = %(unit)s AND item = %(item)s;

-- name: set_item_body
-- A content item without some of its text.
UPDATE ingest.contents SET body = %(body)s WHERE unit = %(unit)s AND item = %(item)s;

-- name: bump_definitions
-- Tells every process that a definition changed; the row is the lock under which definitions change.
UPDATE ingest.definitions SET version = version + 1 RETURNING version;

-- name: put_registry_row
-- One row of the registry, new or replaced.
INSERT INTO ingest.registry (kind, key, body) VALUES (%s, %s, %s)
ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body;

-- name: plan_digest
-- The newest version of a plan and what it is.
SELECT version, digest, document FROM ingest.plans WHERE plan = %(plan)s ORDER BY version DESC LIMIT 1;

-- name: put_plan
-- A new version of a plan.
INSERT INTO ingest.plans (plan, version, programme, province, digest, document, published_at, published_by)
VALUES (%(plan)s, %(version)s, %(programme)s, %(province)s, %(digest)s, %(document)s, %(at)s, %(by)s);

-- name: put_round
-- A round that opens.
INSERT INTO ingest.rounds (round, plan, plan_version, province, body, opened_at)
VALUES (%(round)s, %(plan)s, %(plan_version)s, %(province)s, %(body)s, %(at)s)
ON CONFLICT (round) DO NOTHING;

-- name: set_round_body
-- A round whose obliged units changed.
UPDATE ingest.rounds SET body = %(body)s WHERE round = %(round)s;

-- name: lock_round
-- No more reports are taken for the round.
UPDATE ingest.rounds SET locked_at = %(at)s WHERE round = %(round)s AND locked_at IS NULL;

-- name: put_extension
-- A deadline is moved.
INSERT INTO ingest.extensions (round, obligation, unit, until, original, reason, document, granted_by, granted_at)
VALUES (%(round)s, %(obligation)s, %(unit)s, %(until)s, %(original)s, %(reason)s, %(document)s, %(by)s, %(at)s);

-- name: releases_of
-- The signed releases of a round.
SELECT release, version, recipients, signed_by, signed_at, position, withdrawn_at FROM ingest.releases
WHERE round = %(round)s ORDER BY version;

-- name: put_release
-- A sign-off.
INSERT INTO ingest.releases (release, round, version, recipients, document, signed_by, signed_at, partition, position)
VALUES (%(release)s, %(round)s, %(version)s, %(recipients)s, %(document)s, %(by)s, %(at)s, %(partition)s,
        %(position)s);

-- name: withdraw_release
-- A release is taken back.
UPDATE ingest.releases SET withdrawn_at = %(at)s WHERE release = %(release)s;

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

-- name: ledger_page
-- The ledger of a province (or of some of its units) after a position, for reconciliation.
SELECT source, id, type, province, unit, round, form, revision, content_hash, salt, link, partition, position,
       received_at, deadline, late, client, warnings
FROM ingest.ledger
WHERE province = %(province)s AND position > %(after)s AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s::text[]))
ORDER BY position LIMIT %(limit)s;

-- name: event_at
-- One event of the log that carries submitted text.
SELECT e.partition, e.data FROM eventlog.events AS e
JOIN eventlog.partitions AS p USING (partition)
WHERE p.key = %(key)s AND e.position = %(position)s
  AND e.type IN ('vn.lienthong.report.accepted.v1', 'vn.lienthong.difficulty.accepted.v1',
                 'vn.lienthong.content.accepted.v1', 'vn.lienthong.content.approved.v1',
                 'vn.lienthong.report.withdrawn.v1', 'vn.lienthong.content.withdrawn.v1');

-- name: redact_event
-- An event without some of its text.
UPDATE eventlog.events SET data = %(data)s WHERE partition = %(partition)s AND position = %(position)s;

-- name: erase_salt
-- The ledger's salt goes with the text.
UPDATE ingest.ledger SET salt = %(salt)s WHERE partition = %(partition)s AND position = %(position)s;
