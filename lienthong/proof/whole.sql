-- name: partitions
-- Every partition with anything in it or said of it: where it should end, and the chain before its first event.
SELECT p.key, p.partition AS number, h.position AS head, h.chain,
    sha256(i.chain_seed || convert_to(p.key, 'UTF8')) AS seed, i.sample
FROM eventlog.partitions AS p
JOIN eventlog.heads AS h USING (partition)
CROSS JOIN eventlog.installation AS i
WHERE h.position > 0 OR EXISTS (SELECT FROM eventlog.events AS e WHERE e.partition = p.partition)
ORDER BY p.partition;

-- name: events
-- All events of a partition in order, holes or not.
SELECT position, recorded_at, time, type, source, id, subject,
    correlation_id, causation_id, traceparent, seal, link, data
FROM eventlog.events WHERE partition = %(partition)s ORDER BY position;

-- name: stands
-- How far each consumer says that it has come in a partition.
SELECT c.consumer, c.position FROM eventlog.positions AS c JOIN eventlog.partitions AS p USING (partition)
WHERE p.key = %(key)s;

-- name: ahead
-- Consumers that say they stand where the log has not come to.
SELECT p.key, c.consumer, c.position, h.position
FROM eventlog.positions AS c
JOIN eventlog.heads AS h USING (partition)
JOIN eventlog.partitions AS p USING (partition)
WHERE c.position > h.position
ORDER BY p.partition, c.consumer;

-- name: one_moment
-- Everything that follows in this transaction sees the database as at one moment.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
