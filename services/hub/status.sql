-- name: partitions
-- How far each partition of the log has come, and the time of its last event.
SELECT p.key, h.position, (
    SELECT e.recorded_at FROM eventlog.events AS e WHERE e.partition = h.partition AND e.position = h.position) AS last_at
FROM eventlog.heads AS h JOIN eventlog.partitions AS p USING (partition) WHERE h.position > 0 ORDER BY p.key;

-- name: sizes
-- Bytes of each schema of the hub with indexes, the largest first.
SELECT n.nspname AS schema, sum(pg_total_relation_size(c.oid))::bigint AS bytes
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'public')
GROUP BY n.nspname ORDER BY 2 DESC, 1;

-- name: database_bytes
-- Bytes of the whole database.
SELECT pg_database_size(current_database());

-- name: deliveries
-- Deliveries that have not arrived: how many wait, how many stopped, since when the oldest.
SELECT count(*) FILTER (WHERE state = 'pending') AS pending, count(*) FILTER (WHERE state = 'dead') AS dead,
       min(created_at) FILTER (WHERE state IN ('pending', 'dead')) AS oldest
FROM export.deliveries;

-- name: last_act
-- When something was last done to the hub as a whole, such as a backup.
SELECT max(at) FROM ingest.audit WHERE province = 'VN' AND act = %(act)s;

-- name: refusals_kept
-- Reasons of refusals: how many, and since when.
SELECT count(*), min(at) FROM ingest.refusals;

-- name: attempts_kept
-- Attempts of deliveries that were settled: how many, and since when the oldest is settled.
SELECT count(*), min(d.settled_at) FROM export.attempts AS a JOIN export.deliveries AS d ON d.id = a.delivery
WHERE d.state IN ('delivered', 'superseded');

-- name: outbox_kept
-- Answers to what came by Kafka: how many, and since when.
SELECT count(*), min(at) FROM ingest.outbox;

-- name: taken_kept
-- Items that were taken of destinations and whose content is kept.
SELECT count(*) FROM export.taken WHERE data IS NOT NULL;
