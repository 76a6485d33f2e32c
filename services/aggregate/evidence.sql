-- name: plans_of_partition
-- Every version of a province's plans.
SELECT plan || '/v' || version, programme, province, digest, document
FROM aggregate.plans WHERE province = %(key)s ORDER BY plan, version;

-- name: rounds_of_partition
-- Every round of a province.
SELECT round, province, programme, plan, period, opened_version, reading_version, body::text, extensions::text,
    opened_at, locked_at, changed_position
FROM aggregate.rounds WHERE province = %(key)s ORDER BY round;

-- name: units_of_partition
-- The names of units that a partition told.
SELECT code || ' ' || valid_from, valid_to::text, level, full_name
FROM aggregate.units WHERE province = %(key)s ORDER BY code, valid_from;

-- name: populations_of_partition
-- The populations that a partition told.
SELECT unit || ' ' || year, value, source FROM aggregate.populations WHERE province = %(key)s ORDER BY unit, year;

-- name: reports_of_partition
-- The latest revision of every report of a province's rounds.
SELECT p.round || '/' || p.form || '/' || p.unit, p.revision, p.figures, p.content_hash, p.position, p.received_at,
    p.review, p.review_revision, p.review_position, p.first_received_at, p.late, p.nil
FROM aggregate.reports AS p JOIN aggregate.rounds AS r USING (round)
WHERE r.province = %(key)s ORDER BY p.round, p.form, p.unit;

-- name: signed_of_partition
-- Every release of a province's rounds, without its dataset.
SELECT l.release, l.round, l.version, l.position, l.signed_at, l.recipients, l.withdrawn_at
FROM aggregate.releases AS l JOIN aggregate.rounds AS r USING (round)
WHERE r.province = %(key)s ORDER BY l.release;

-- name: queries_of_partition
-- The queries on every revision of a province's reports.
SELECT q.round || '/' || q.form || '/' || q.unit || ' ' || q.revision || ' ' || q.check_code, q.figure, q.message_vi,
    q.message_en
FROM aggregate.queries AS q JOIN aggregate.rounds AS r USING (round)
WHERE r.province = %(key)s ORDER BY q.round, q.form, q.unit, q.revision, q.check_code;

-- name: explanations_of_partition
-- What was said of queries in a province.
SELECT position || ' ' || number, round, form, unit, revision, check_code, text, said_at
FROM aggregate.explanations WHERE province = %(key)s ORDER BY position, number;
