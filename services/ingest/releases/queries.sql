-- name: releases_of
-- The signed releases of a round.
SELECT release, version, withdrawn_at FROM ingest.releases WHERE round = %(round)s ORDER BY version;

-- name: put_release
-- A sign-off.
INSERT INTO ingest.releases (release, round, version, recipients, document, drafted_by, signed_by, signed_at, partition,
                             position)
VALUES (%(release)s, %(round)s, %(version)s, %(recipients)s, %(document)s, %(drafted_by)s, %(by)s, %(at)s,
        %(partition)s, %(position)s);

-- name: put_draft
-- A draft of the round's next release.
INSERT INTO ingest.release_drafts (release, round, version, recipients, document, note, digest, reports, missing,
                                   drafted_by, drafted_at, partition, position)
VALUES (%(release)s, %(round)s, %(version)s, %(recipients)s, %(document)s, %(note)s, %(digest)s, %(reports)s,
        %(missing)s, %(by)s, %(at)s, %(partition)s, %(position)s);

-- name: latest_draft
-- The newest draft of a version of a round's release.
SELECT release, version, recipients, document, note, digest, reports, missing, drafted_by, drafted_at, position
FROM ingest.release_drafts WHERE round = %(round)s AND version = %(version)s ORDER BY position DESC LIMIT 1;

-- name: standing_reports
-- The reports of a round that would be released now: each latest revision that is neither withdrawn nor returned.
SELECT s.form, s.unit, s.revision, l.content_hash
FROM ingest.slots AS s JOIN ingest.ledger AS l USING (round, form, unit, revision)
WHERE s.round = %(round)s AND NOT s.withdrawn AND l.type = 'vn.lienthong.report.submitted.v1'
  AND coalesce((SELECT v.state FROM ingest.reviews AS v
                WHERE v.round = s.round AND v.form = s.form AND v.unit = s.unit AND v.revision = s.revision
                ORDER BY v.position DESC LIMIT 1), '') <> 'returned'
ORDER BY s.form, s.unit;

-- name: withdraw_release
-- A release is taken back.
UPDATE ingest.releases SET withdrawn_at = %(at)s WHERE release = %(release)s;

-- name: releases_in_full
-- Every sign-off for these rounds, in order.
SELECT release, round, version, recipients, document, drafted_by, signed_by, signed_at, withdrawn_at, position
FROM ingest.releases WHERE round = ANY(%(rounds)s::text[]) ORDER BY round, version;

-- name: came_since
-- What was accepted for a round after a position of its province's partition, in order.
SELECT l.province, l.position, l.type, l.unit, l.form, l.revision, l.received_at, (
           SELECT f.received_at FROM ingest.ledger AS f
           WHERE (f.round, f.form, f.unit) = (l.round, l.form, l.unit) ORDER BY f.position LIMIT 1) AS first_received_at
FROM ingest.ledger AS l WHERE l.round = %(round)s AND l.position > %(position)s ORDER BY l.position;

-- name: changed_since
-- Whether something came after a position that may alter the consolidation of a round: a report of its plan for it or
-- a round before it, a fact of a kind that always may, or one about the round, its reports or its plan.
SELECT EXISTS (
    SELECT FROM ingest.ledger AS l JOIN ingest.rounds AS r USING (round)
    WHERE r.plan = %(plan)s AND l.province = %(province)s AND l.position > %(position)s
      AND r.body::jsonb -> 'period' ->> 'last' <= %(close)s
) OR EXISTS (
    SELECT FROM eventlog.events AS e JOIN eventlog.partitions AS p USING (partition)
    WHERE p.key = %(province)s AND e.position > %(position)s AND (
        e.type = ANY(%(always)s::text[])
        OR e.type <> ALL(%(never)s::text[])
        AND (e.subject IN (%(round)s, %(plan)s) OR starts_with(e.subject, %(round)s::text || '/'))));
