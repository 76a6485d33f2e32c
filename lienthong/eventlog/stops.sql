-- name: stop
-- A consumer could not apply its next fact. Tried again without success, only the time and the number change.
INSERT INTO eventlog.stops AS s (consumer, partition, position, type, code, reason, since, tried_at)
SELECT %(consumer)s, partition, %(position)s, %(type)s, %(code)s, %(reason)s, eventlog.hub_now(), eventlog.hub_now()
FROM eventlog.partitions WHERE key = %(key)s
ON CONFLICT (consumer, partition) DO UPDATE
SET position = EXCLUDED.position, type = EXCLUDED.type, code = EXCLUDED.code, reason = EXCLUDED.reason,
    since = CASE WHEN s.position = EXCLUDED.position THEN s.since ELSE EXCLUDED.since END,
    tried_at = EXCLUDED.tried_at,
    tries = CASE WHEN s.position = EXCLUDED.position THEN s.tries + 1 ELSE 1 END;

-- name: stops
-- The consumers that stand before a fact now, of one partition or (key null) of all.
SELECT s.consumer, p.key, s.position, s.type, s.code, s.reason, s.since, s.tries
FROM eventlog.stops AS s
JOIN eventlog.partitions AS p USING (partition)
JOIN eventlog.positions AS c ON c.consumer = s.consumer AND c.partition = s.partition AND c.position = s.position - 1
WHERE (%(key)s::text IS NULL OR p.key = %(key)s)
    -- Damage has no fact that could have been passed over or set aside.
    AND (s.type IS NULL OR NOT EXISTS (
        SELECT FROM eventlog.events AS e
        WHERE e.type = 'vn.lienthong.fact.set_aside.v1' AND e.subject = p.key || '/' || s.position
            AND e.data::jsonb -> 'consumers' ? s.consumer
    ))
ORDER BY p.partition, s.consumer;

-- name: hold_consumers
-- Locks where some consumers stand in a partition, and says it: none of them moves before this transaction ends.
SELECT c.consumer, c.position FROM eventlog.positions AS c
JOIN eventlog.partitions AS p USING (partition)
WHERE p.key = %(key)s AND c.consumer = ANY (%(consumers)s)
ORDER BY c.consumer
FOR UPDATE OF c;

-- name: partitions
-- The keys of all partitions.
SELECT key FROM eventlog.partitions ORDER BY partition;

-- name: set_aside
-- The facts of a partition that were set aside, as the log says, in the order of the log.
SELECT e.position, e.recorded_at, e.data FROM eventlog.events AS e
JOIN eventlog.partitions AS p USING (partition)
WHERE e.type = 'vn.lienthong.fact.set_aside.v1' AND p.key = %(key)s
ORDER BY e.position;
