-- name: plans_of_partition
-- Every version of a province's plans.
SELECT plan || '/v' || version, programme, province, digest, document, published_at, published_by
FROM ingest.plans WHERE province = %(key)s ORDER BY plan, version;

-- name: rounds_of_partition
-- Every round of a province.
SELECT round, plan, plan_version, province, body, opened_at, locked_at
FROM ingest.rounds WHERE province = %(key)s ORDER BY round;

-- name: extensions_of_partition
-- Every moved deadline of a province's rounds, in the order they were granted.
SELECT x.round, x.obligation, coalesce(x.unit, 'all'), x.granted_at, x.until, x.original, x.reason, x.document,
    x.granted_by
FROM ingest.extensions AS x JOIN ingest.rounds AS r USING (round)
WHERE r.province = %(key)s ORDER BY x.granted_at, x.round, x.obligation, x.unit;

-- name: releases_of_partition
-- Every sign-off of a province's rounds.
SELECT l.release, l.round, l.version, l.recipients, l.document, l.drafted_by, l.signed_by, l.signed_at, l.withdrawn_at,
    p.key, l.position
FROM ingest.releases AS l JOIN eventlog.partitions AS p USING (partition)
WHERE p.key = %(key)s OR l.round IN (SELECT round FROM ingest.rounds WHERE province = %(key)s) ORDER BY l.release;

-- name: reviews_of_partition
-- What via units did with the reports of a partition.
SELECT v.round || '/' || v.form || '/' || v.unit || ' ' || v.position, v.revision, v.state, v.via, v.reason, v.figures,
    v.reviewed_by, v.reviewed_at
FROM ingest.reviews AS v JOIN eventlog.partitions AS p USING (partition)
WHERE p.key = %(key)s ORDER BY v.position;

-- name: steps_of_partition
-- What was done with the difficulties of a province.
SELECT province || '-' || difficulty || ' ' || position, state, holder, text, due, done_by, done_at
FROM ingest.difficulty_steps WHERE province = %(key)s ORDER BY position;

-- name: drafts_of_partition
-- Every draft of a release in a partition.
SELECT d.release || ' ' || d.position, d.round, d.version, d.recipients, d.document, d.note, d.digest, d.reports,
    d.missing, d.drafted_by, d.drafted_at
FROM ingest.release_drafts AS d JOIN eventlog.partitions AS p USING (partition)
WHERE p.key = %(key)s ORDER BY d.position;

-- name: single_of_partition
-- Every decision that a unit may do with one person, or no longer.
SELECT s.unit || ' ' || s.position, s.allowed, s.reason, s.document, s.decided_by, s.decided_at
FROM ingest.single_people AS s JOIN eventlog.partitions AS p USING (partition)
WHERE p.key = %(key)s ORDER BY s.position;
