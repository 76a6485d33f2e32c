-- name: latest_reports
-- The events of the highest accepted revisions of these reports that were not withdrawn.
SELECT s.round, s.form, s.unit, e.data
FROM unnest(%(rounds)s::text[], %(forms)s::text[], %(units)s::text[]) AS asked (round, form, unit)
JOIN ingest.slots AS s USING (round, form, unit)
JOIN ingest.ledger AS l USING (round, form, unit, revision)
JOIN eventlog.events AS e USING (partition, position)
WHERE NOT s.withdrawn AND l.type = 'vn.lienthong.report.submitted.v1';

-- name: ledger_of_report
-- Every accepted revision, withdrawal and explanation of one report, oldest first.
SELECT source, id, type, province, unit, round, form, revision, content_hash, salt, link, partition, position,
       received_at, deadline, late, client, warnings, explanations
FROM ingest.ledger WHERE round = %(round)s AND form = %(form)s AND unit = %(unit)s ORDER BY position;

-- name: ledger_by_id
-- The accepted events with this id, of some sources or (NULL) any.
SELECT source, id, type, province, unit, round, form, revision, content_hash, salt, link, partition, position,
       received_at, deadline, late, client, warnings, explanations
FROM ingest.ledger WHERE id = %(id)s AND source = ANY(%(sources)s::text[]);

-- name: ledger_by_receipt
-- The accepted event at a place of the log.
SELECT source, id, type, province, unit, round, form, revision, content_hash, salt, link, partition, position,
       received_at, deadline, late, client, warnings, explanations
FROM ingest.ledger AS l
JOIN eventlog.partitions AS p USING (partition) WHERE p.key = %(key)s AND l.position = %(position)s;

-- name: rounds_of_year
-- The rounds of a province whose period lies in a year, locked ones too.
SELECT round FROM ingest.rounds
WHERE province = %(province)s AND (body::jsonb -> 'period' ->> 'code') LIKE %(year)s::text || '%%' ORDER BY round;

-- name: deliveries_of_unit
-- Every accepted revision and withdrawal of a unit in these rounds, oldest first.
SELECT source, id, type, province, unit, round, form, revision, content_hash, salt, link, partition, position,
       received_at, deadline, late, client, warnings, explanations
FROM ingest.ledger WHERE unit = %(unit)s AND round = ANY(%(rounds)s::text[])
  AND type <> 'vn.lienthong.explanation.submitted.v1' ORDER BY position;

-- name: revisions_of_round
-- When each revision and withdrawal of a round's reports came, oldest first.
SELECT unit, form, received_at FROM ingest.ledger
WHERE round = %(round)s AND type <> 'vn.lienthong.explanation.submitted.v1' ORDER BY position;

-- name: reports_of_round
-- The latest state of the reports of a round, and where in the log it came; of one unit or form, or (NULL) of all.
SELECT s.unit, s.form, s.revision, s.withdrawn, s.received_at, l.province, l.position, (
           SELECT received_at FROM ingest.ledger AS l
           WHERE l.round = s.round AND l.form = s.form AND l.unit = s.unit ORDER BY position LIMIT 1) AS first_received_at
FROM ingest.slots AS s
JOIN LATERAL (SELECT province, position FROM ingest.ledger AS l
              WHERE l.round = s.round AND l.form = s.form AND l.unit = s.unit
                AND l.type <> 'vn.lienthong.explanation.submitted.v1' ORDER BY position DESC LIMIT 1) AS l ON true
WHERE s.round = %(round)s AND (%(unit)s::text IS NULL OR s.unit = %(unit)s)
  AND (%(form)s::text IS NULL OR s.form = %(form)s)
ORDER BY s.unit, s.form;

-- name: releases_of_round
-- The releases of a round with the place of each sign-off, and whether each stands.
SELECT release, position, withdrawn_at IS NULL FROM ingest.releases WHERE round = %(round)s ORDER BY version;

-- name: event_at
-- One event of the log, if it is of these types.
SELECT e.partition, e.type, e.data FROM eventlog.events AS e
JOIN eventlog.partitions AS p USING (partition)
WHERE p.key = %(key)s AND e.position = %(position)s AND e.type = ANY(%(types)s::text[]);

-- name: redact_event
-- An event without some of its text.
UPDATE eventlog.events SET data = %(data)s WHERE partition = %(partition)s AND position = %(position)s;

-- name: erase_salt
-- The ledger's salt goes with the text.
UPDATE ingest.ledger SET salt = %(salt)s WHERE partition = %(partition)s AND position = %(position)s;

-- name: redact_explanations
-- What a ledger's row says of queries, without some of its text.
UPDATE ingest.ledger SET explanations = %(explanations)s
WHERE partition = %(partition)s AND position = %(position)s;

-- name: redact_review
-- A return or a passing on without some of its text.
UPDATE ingest.reviews SET reason = %(reason)s, figures = %(figures)s
WHERE partition = %(partition)s AND position = %(position)s;

-- name: redact_step
-- A step of a difficulty without its text.
UPDATE ingest.difficulty_steps AS s SET text = %(text)s
FROM eventlog.partitions AS p
WHERE p.partition = %(partition)s AND s.province = p.key AND s.position = %(position)s;

-- name: redactions_of
-- The removals of text at some places of the log, in order. The type stands here as it is, for the index of subjects.
SELECT subject, time, data FROM eventlog.events
WHERE type = 'vn.lienthong.text.redacted.v1' AND subject = ANY(%(places)s::text[]) ORDER BY partition, position;

-- name: explanations_of
-- What was said of queries on these revisions, in order: with the report or after it.
SELECT l.round, l.form, l.unit, l.revision, l.province, l.position, l.received_at, l.client, l.explanations
FROM unnest(%(rounds)s::text[], %(forms)s::text[], %(units)s::text[], %(revisions)s::integer[])
    AS asked (round, form, unit, revision)
JOIN ingest.ledger AS l USING (round, form, unit, revision)
WHERE l.explanations <> '[]' ORDER BY l.position;

-- name: queried
-- The reports of some rounds (of some units, or of all) whose latest revision was accepted with queries, and was not
-- withdrawn.
SELECT l.round, l.form, l.unit, l.revision, l.warnings
FROM ingest.ledger AS l JOIN ingest.slots AS s USING (round, form, unit, revision)
WHERE l.warnings <> '[]' AND l.round = ANY(%(rounds)s::text[]) AND NOT s.withdrawn
  AND (%(units)s::text[] IS NULL OR l.unit = ANY(%(units)s::text[]))
ORDER BY l.round, l.unit, l.form;

-- name: supplied_for
-- What the events at these places of the log were supplied for (ROUND/FORM/UNIT), where they are figures of systems.
SELECT p.key || '-' || e.position, e.subject
FROM unnest(%(keys)s::text[], %(positions)s::bigint[]) AS asked (key, position)
JOIN eventlog.partitions AS p USING (key)
JOIN eventlog.events AS e USING (partition, position)
WHERE e.type = 'vn.lienthong.figures.accepted.v1';
