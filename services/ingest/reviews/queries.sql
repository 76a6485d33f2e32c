-- name: standing_of
-- The latest revision of some reports of a round, and what was last done with that revision.
SELECT s.form, s.unit, s.revision, s.withdrawn, v.state
FROM unnest(%(forms)s::text[], %(units)s::text[]) AS asked (form, unit)
JOIN ingest.slots AS s ON s.round = %(round)s AND s.form = asked.form AND s.unit = asked.unit
LEFT JOIN LATERAL (
    SELECT state FROM ingest.reviews AS r
    WHERE r.round = s.round AND r.form = s.form AND r.unit = s.unit AND r.revision = s.revision
    ORDER BY position DESC LIMIT 1) AS v ON true;

-- name: put_review
-- What was done with one revision.
INSERT INTO ingest.reviews (round, form, unit, revision, state, via, reason, figures, reviewed_by, reviewed_at,
                            partition, position)
VALUES (%(round)s, %(form)s, %(unit)s, %(revision)s, %(state)s, %(via)s, %(reason)s, %(figures)s, %(by)s, %(at)s,
        %(partition)s, %(position)s);

-- name: passing
-- The latest revisions of the reports on some forms of some rounds (all in one partition), with what was last done
-- with each, after a position, as they came in. What stands in a release waits for nobody: as its own page says
-- (reports/states.py).
SELECT s.round, s.form, s.unit, s.revision, l.province, l.position, l.received_at,
       coalesce(s.first_received_at, (
           SELECT f.received_at FROM ingest.ledger AS f
           WHERE (f.round, f.form, f.unit) = (s.round, s.form, s.unit) ORDER BY f.position LIMIT 1)
       ) AS first_received_at, l.warnings, w.state,
       v.reason, v.figures, v.reviewed_by, v.reviewed_at, v.position AS reviewed_position
FROM unnest(%(rounds)s::text[], %(forms)s::text[]) AS asked (round, form)
JOIN ingest.slots AS s USING (round, form)
JOIN ingest.ledger AS l ON l.round = s.round AND l.form = s.form AND l.unit = s.unit AND l.revision = s.revision
    AND l.type = 'vn.lienthong.report.submitted.v1'
LEFT JOIN LATERAL (
    SELECT state, reason, figures, reviewed_by, reviewed_at, position FROM ingest.reviews AS r
    WHERE r.round = s.round AND r.form = s.form AND r.unit = s.unit AND r.revision = s.revision
    ORDER BY position DESC LIMIT 1) AS v ON true
CROSS JOIN LATERAL (
    SELECT CASE WHEN v.state = 'returned' THEN v.state
                WHEN EXISTS (SELECT FROM ingest.releases AS x
                             WHERE x.round = s.round AND x.withdrawn_at IS NULL AND x.position > l.position)
                THEN 'released'
                ELSE coalesce(v.state, 'under_review') END AS state) AS w
WHERE NOT s.withdrawn AND l.position > %(after)s
  AND (%(state)s::text IS NULL OR w.state = %(state)s)
  AND (%(unit)s::text IS NULL OR s.unit = %(unit)s)
ORDER BY l.position LIMIT %(limit)s;

-- name: reviews_of
-- Everything that was done with a report's revisions, in order.
SELECT revision, state, via, reason, figures, reviewed_by, reviewed_at, position
FROM ingest.reviews WHERE round = %(round)s AND form = %(form)s AND unit = %(unit)s ORDER BY position;

-- name: was_passed_on
-- Whether a revision of a report was ever passed on: it is then with whom it is for.
SELECT EXISTS (
    SELECT FROM ingest.reviews
    WHERE round = %(round)s AND form = %(form)s AND unit = %(unit)s AND state = 'passed_on');

-- name: latest_reviews
-- What was last done with each revision of some units' reports in some rounds.
SELECT DISTINCT ON (round, form, unit, revision)
    round, form, unit, revision, state, via, reason, figures, reviewed_by, reviewed_at, position
FROM ingest.reviews WHERE round = ANY(%(rounds)s::text[]) AND unit = ANY(%(units)s::text[])
ORDER BY round, form, unit, revision, position DESC;
