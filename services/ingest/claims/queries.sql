-- name: only_by_index
-- For the connection that accepts: its look-ups are few keys in tables that grow for ever, while statistics of a new
-- table, or of one that just grew tenfold, would have the planner read it whole.
SELECT set_config('enable_hashjoin', 'off', false), set_config('enable_mergejoin', 'off', false),
       set_config('enable_seqscan', 'off', false);

-- name: lock_keys
-- Takes the transaction's locks on event ids and reports, in the order given (sorted by the caller, so that two
-- transactions never wait for each other in a circle).
SELECT pg_advisory_xact_lock(key) FROM unnest(%(keys)s::bigint[]) AS wanted (key);

-- name: now_and_version
-- The hub's clock and the version of the definitions, read in the accepting transaction.
SELECT eventlog.hub_now(), version FROM ingest.definitions;

-- name: known_ids
-- What the ledger remembers of these event ids.
SELECT l.source, l.id, l.type, l.content_hash, l.salt, l.province, l.unit, l.round, l.form, l.revision, l.link,
       l.position, l.received_at, l.deadline, l.late, l.warnings
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

-- name: put_item
-- A content item as submitted or withdrawn.
INSERT INTO ingest.contents (unit, item, revision, state, body, changed_at)
VALUES (%(unit)s, %(item)s, 1, %(state)s, %(body)s, %(at)s)
ON CONFLICT (unit, item) DO UPDATE
SET revision = ingest.contents.revision + 1, state = excluded.state, changed_at = excluded.changed_at,
    body = CASE WHEN excluded.state = 'withdrawn' THEN ingest.contents.body ELSE excluded.body END
RETURNING revision;

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

-- name: items_of
-- Content items of some units, in one state or (NULL) any, the longest waiting first.
SELECT unit, item, revision, state, body, changed_at FROM ingest.contents
WHERE unit = ANY(%(units)s::text[]) AND (%(state)s::text IS NULL OR state = %(state)s)
ORDER BY changed_at, unit, item LIMIT %(limit)s;

-- name: bump_definitions
-- Tells every process that a definition changed; the row is the lock under which definitions change.
UPDATE ingest.definitions SET version = version + 1 RETURNING version;

-- name: registry_rows
-- The registry of units.
SELECT kind, body FROM ingest.registry;

-- name: put_registry_row
-- One row of the registry, new or replaced.
INSERT INTO ingest.registry (kind, key, body) VALUES (%s, %s, %s)
ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body;

-- name: plans
-- Every version of every plan.
SELECT plan, version, document FROM ingest.plans ORDER BY plan, version;

-- name: plan_digest
-- The newest version of a plan and what it is.
SELECT version, digest, document FROM ingest.plans WHERE plan = %(plan)s ORDER BY version DESC LIMIT 1;

-- name: put_plan
-- A new version of a plan.
INSERT INTO ingest.plans (plan, version, programme, province, digest, document, published_at, published_by)
VALUES (%(plan)s, %(version)s, %(programme)s, %(province)s, %(digest)s, %(document)s, %(at)s, %(by)s);

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

-- name: slots_of_units
-- The state of the reports of some units in all rounds.
SELECT round, form, unit, revision, withdrawn, late, received_at FROM ingest.slots
WHERE unit = ANY(%(units)s::text[]) AND round = ANY(%(rounds)s::text[]);

-- name: ledger_of_report
-- Every accepted revision and withdrawal of one report, oldest first.
SELECT source, id, type, content_hash, salt, province, unit, round, form, revision, link, position, received_at,
       deadline, late, warnings
FROM ingest.ledger WHERE round = %(round)s AND form = %(form)s AND unit = %(unit)s ORDER BY position;

-- name: ledger_by_id
-- The accepted events with this id, of some sources or (NULL) any.
SELECT source, id, type, content_hash, salt, province, unit, round, form, revision, link, position, received_at,
       deadline, late, warnings
FROM ingest.ledger WHERE id = %(id)s AND source = ANY(%(sources)s::text[]);

-- name: ledger_by_receipt
-- The accepted event at a place of the log.
SELECT source, id, type, content_hash, salt, province, unit, round, form, revision, link, position, received_at,
       deadline, late, warnings
FROM ingest.ledger AS l
JOIN eventlog.partitions AS p USING (partition) WHERE p.key = %(key)s AND l.position = %(position)s;

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
SELECT source, id, type, content_hash, salt, province, unit, round, form, revision, link, position, received_at,
       deadline, late, warnings
FROM ingest.ledger
WHERE province = %(province)s AND position > %(after)s AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s::text[]))
ORDER BY position LIMIT %(limit)s;

-- name: ledger_of_type
-- Accepted claims of one type in a province (or of some of its units) after a position.
SELECT unit, position, received_at FROM ingest.ledger
WHERE province = %(province)s AND type = %(type)s AND position > %(after)s
  AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s::text[]))
ORDER BY position LIMIT %(limit)s;

-- name: latest_reports
-- The events of the highest accepted revisions of these reports that were not withdrawn.
SELECT s.round, s.form, s.unit, e.data
FROM unnest(%(rounds)s::text[], %(forms)s::text[], %(units)s::text[]) AS asked (round, form, unit)
JOIN ingest.slots AS s USING (round, form, unit)
JOIN ingest.ledger AS l USING (round, form, unit, revision)
JOIN eventlog.events AS e USING (partition, position)
WHERE NOT s.withdrawn AND l.type = 'vn.lienthong.report.submitted.v1';

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
