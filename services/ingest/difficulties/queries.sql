-- name: raised
-- Difficulties of a province after a position, each with its event: all, or those that some of its units raised or that
-- name a duty (plan/obligation, by itself or as what stands for a code that no plan has) on whose route one is. The type
-- is written out, so that the index of difficulties serves it.
SELECT l.unit, l.position, l.received_at, e.data FROM ingest.ledger AS l
JOIN eventlog.events AS e USING (partition, position)
CROSS JOIN LATERAL (
  SELECT e.data::jsonb #>> '{data,plan}' AS plan, coalesce(e.data::jsonb #>> '{data,obligation}', '') AS obligation,
         coalesce((e.data::jsonb #>> '{data,asksForAmendment}')::boolean, false) AS amends
) AS named
WHERE l.province = %(province)s AND l.type = 'vn.lienthong.difficulty.raised.v1' AND l.position > %(after)s
  AND (%(unit)s::text IS NULL OR l.unit = %(unit)s)
  AND (
    %(units)s::text[] IS NULL OR l.unit = ANY(%(units)s::text[])
    OR named.plan || '/' || named.obligation = ANY(%(along)s::text[])
    OR (named.plan = ANY(CASE WHEN named.amends THEN %(amending)s::text[] ELSE %(otherwise)s::text[] END)
        AND named.plan || '/' || named.obligation <> ALL(%(stated)s::text[]))
  )
ORDER BY l.position LIMIT %(limit)s;

-- name: waiting
-- How many of the same difficulties have no answer.
SELECT count(*) FROM ingest.ledger AS l
JOIN eventlog.events AS e USING (partition, position)
CROSS JOIN LATERAL (
  SELECT e.data::jsonb #>> '{data,plan}' AS plan, coalesce(e.data::jsonb #>> '{data,obligation}', '') AS obligation,
         coalesce((e.data::jsonb #>> '{data,asksForAmendment}')::boolean, false) AS amends
) AS named
WHERE l.province = %(province)s AND l.type = 'vn.lienthong.difficulty.raised.v1'
  AND (%(unit)s::text IS NULL OR l.unit = %(unit)s)
  AND (
    %(units)s::text[] IS NULL OR l.unit = ANY(%(units)s::text[])
    OR named.plan || '/' || named.obligation = ANY(%(along)s::text[])
    OR (named.plan = ANY(CASE WHEN named.amends THEN %(amending)s::text[] ELSE %(otherwise)s::text[] END)
        AND named.plan || '/' || named.obligation <> ALL(%(stated)s::text[]))
  )
  AND NOT EXISTS (
    SELECT FROM ingest.difficulty_steps AS s
    WHERE s.province = l.province AND s.difficulty = l.position AND s.state IN ('answered', 'closed')
  );

-- name: raised_at
-- Whether an accepted difficulty stands at a place of the log, and whose.
SELECT unit FROM ingest.ledger AS l
JOIN eventlog.partitions AS p USING (partition)
WHERE p.key = %(province)s AND l.position = %(position)s AND l.type = 'vn.lienthong.difficulty.raised.v1';

-- name: data_at
-- The event of a difficulty.
SELECT e.data FROM eventlog.events AS e
JOIN eventlog.partitions AS p USING (partition) WHERE p.key = %(province)s AND e.position = %(position)s;

-- name: put_step
-- One step of a difficulty's road.
INSERT INTO ingest.difficulty_steps (province, difficulty, position, state, holder, text, due, done_by, done_at)
VALUES (%(province)s, %(difficulty)s, %(position)s, %(state)s, %(holder)s, %(text)s, %(due)s, %(by)s, %(at)s);

-- name: steps_of
-- The steps of some difficulties of a province, in order.
SELECT difficulty, position, state, holder, text, due, done_by, done_at FROM ingest.difficulty_steps
WHERE province = %(province)s AND difficulty = ANY(%(difficulties)s::bigint[]) ORDER BY difficulty, position;
