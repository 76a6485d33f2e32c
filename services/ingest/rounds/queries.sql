-- name: rounds_of_province
-- Rounds of a province with their period and whether they are locked.
SELECT round AS code, body, locked_at IS NOT NULL AS locked FROM ingest.rounds WHERE province = %(province)s ORDER BY round;

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

-- name: standing_of_unit
-- The forms of a round for which a unit's report stands.
SELECT form FROM ingest.slots WHERE round = %(round)s AND unit = %(unit)s AND NOT withdrawn ORDER BY form;

-- name: slots_of_units
-- The state of the reports of some units in some rounds, when the first revision came (of slots that a process of
-- before wrote: from the ledger), and where in the log the latest stands.
SELECT s.round, s.form, s.unit, s.revision, s.withdrawn, s.received_at, l.province, l.position,
       coalesce(s.first_received_at, (
           SELECT l.received_at FROM ingest.ledger AS l
           WHERE (l.round, l.form, l.unit) = (s.round, s.form, s.unit) ORDER BY l.position LIMIT 1)
       ) AS first_received_at, s.nil
FROM ingest.slots AS s
JOIN LATERAL (
    SELECT province, position FROM ingest.ledger AS l
    WHERE (l.round, l.form, l.unit) = (s.round, s.form, s.unit)
      AND l.type <> 'vn.lienthong.explanation.submitted.v1' ORDER BY l.position DESC LIMIT 1) AS l ON true
WHERE s.unit = ANY(%(units)s::text[]) AND s.round = ANY(%(rounds)s::text[]);

-- name: first_refusals
-- When a submission of some units for some rounds was refused first.
SELECT province, round, unit, min(at) AS at FROM ingest.refusals
WHERE round = ANY(%(rounds)s::text[]) AND unit = ANY(%(units)s::text[]) GROUP BY province, round, unit;

-- name: extensions_in_full
-- The extensions of one round with their grounds, in the order they were granted.
SELECT obligation, unit, until, original, reason, document, granted_by, granted_at
FROM ingest.extensions WHERE round = %(round)s ORDER BY granted_at;
