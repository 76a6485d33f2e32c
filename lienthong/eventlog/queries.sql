-- name: partitions
-- Which partition each key has; it never changes.
SELECT key, partition FROM eventlog.partitions ORDER BY partition;

-- name: lock_heads
-- Locks the heads of some partitions in ascending order (LockRows runs above the sort) and says where they
-- stand. The clock is read under the lock, and a server's clock that was set back is passed over: recorded times never
-- decrease within a partition. (A clock of sample data goes where it is set.)
SELECT locked.partition, locked.position, locked.chain, CASE
    WHEN i.sample THEN eventlog.hub_now()
    ELSE greatest(eventlog.hub_now(), locked.recorded_at)
END
FROM (
    SELECT partition, position, chain, recorded_at
    FROM eventlog.heads
    WHERE partition = ANY (%(partitions)s)
    ORDER BY partition
    FOR UPDATE
) AS locked
CROSS JOIN eventlog.installation AS i;

-- name: advance_heads
-- Moves locked heads; the old positions are named so that a caller's mistake is noticed.
UPDATE eventlog.heads AS h SET position = moved.last, chain = moved.chain, recorded_at = moved.recorded_at
FROM unnest(%(partitions)s::int[], %(before)s::bigint[], %(last)s::bigint[], %(chains)s::bytea[],
            %(recorded)s::timestamptz[]) AS moved (partition, before, last, chain, recorded_at)
WHERE h.partition = moved.partition AND h.position = moved.before;

-- name: copy_events
-- Writes events in bulk; rows.TYPES are the columns' types.
COPY eventlog.events (
    partition, position, recorded_at, time, type, source, id, subject,
    correlation_id, causation_id, traceparent, seal, link, data
) FROM STDIN (FORMAT binary);

-- name: recorded_before
-- Events already recorded under these ids; asked after the head is locked, so a twin in flight is seen.
SELECT e.partition, e.position, e.recorded_at, e.time, e.type, e.source, e.id, e.subject,
    e.correlation_id, e.causation_id, e.traceparent, e.seal, e.link, e.data
FROM unnest(%(sources)s::text[], %(ids)s::text[]) AS asked (source, id)
JOIN eventlog.events AS e ON e.source = asked.source AND e.id = asked.id
WHERE e.type NOT IN ('vn.lienthong.report.accepted.v1', 'vn.lienthong.report.withdrawn.v1');

-- name: heads
-- Where every partition stands, without locking anything.
SELECT p.key, h.position FROM eventlog.heads AS h JOIN eventlog.partitions AS p USING (partition)
ORDER BY h.partition;

-- name: head
-- Where one partition stands.
SELECT h.position, h.chain FROM eventlog.heads AS h JOIN eventlog.partitions AS p USING (partition)
WHERE p.key = %(key)s;

-- name: page
-- The events after a position, at most `limit` of them, and no more bytes of data than `max_bytes` (the first
-- is always there). Bounded above by position, not by LIMIT: there are no holes, and with stale statistics the
-- planner would sort all that follows for every page. octet_length reads the stored size, not the text.
SELECT position, recorded_at, time, type, source, id, subject,
    correlation_id, causation_id, traceparent, seal, link, data
FROM (
    SELECT page.*, sum(size) OVER (ORDER BY position) - size AS before
    FROM (
        SELECT e.*, octet_length(e.data) AS size
        FROM eventlog.events AS e
        WHERE e.partition = %(partition)s
            AND e.position > %(after)s AND e.position <= %(after)s::bigint + %(limit)s
    ) AS page
) AS sized
WHERE before = 0 OR before + size <= %(max_bytes)s
ORDER BY position;

-- name: of_subject
-- Rare facts (not reports) of one type about one subject, in the order of their partition.
SELECT e.partition, e.position, e.recorded_at, e.time, e.type, e.source, e.id, e.subject,
    e.correlation_id, e.causation_id, e.traceparent, e.seal, e.link, e.data
FROM eventlog.events AS e
WHERE e.type = %(type)s AND e.subject = %(subject)s
    AND e.type NOT IN ('vn.lienthong.report.accepted.v1', 'vn.lienthong.report.withdrawn.v1')
ORDER BY e.partition, e.position;

-- name: of_types
-- Rare facts (not reports) of some types in a partition, in order: the index of types and subjects finds them.
SELECT e.partition, e.position, e.recorded_at, e.time, e.type, e.source, e.id, e.subject,
    e.correlation_id, e.causation_id, e.traceparent, e.seal, e.link, e.data
FROM eventlog.events AS e
WHERE e.partition = %(partition)s AND e.type = ANY(%(types)s::text[])
ORDER BY e.position;

-- name: at
-- The events at some positions of a partition, in order.
SELECT e.partition, e.position, e.recorded_at, e.time, e.type, e.source, e.id, e.subject,
    e.correlation_id, e.causation_id, e.traceparent, e.seal, e.link, e.data
FROM eventlog.events AS e
WHERE e.partition = %(partition)s AND e.position = ANY(%(positions)s::bigint[])
ORDER BY e.position;

-- name: begin_consumer
-- Makes sure that a consumer has a row in this partition.
INSERT INTO eventlog.positions (consumer, partition)
SELECT %(consumer)s, partition FROM eventlog.partitions WHERE key = %(key)s
ON CONFLICT DO NOTHING;

-- name: stored_positions
-- How far a consumer has come in some partitions.
SELECT partition, position FROM eventlog.positions
WHERE consumer = %(consumer)s AND partition = ANY (%(partitions)s);

-- name: stored_position
-- How far a consumer has come in one partition.
SELECT s.position FROM eventlog.positions AS s JOIN eventlog.partitions AS p USING (partition)
WHERE s.consumer = %(consumer)s AND p.key = %(key)s;

-- name: advance_position
-- Compare-and-set: changes nothing if somebody else advanced meanwhile.
UPDATE eventlog.positions SET position = %(last)s, advanced_at = clock_timestamp()
WHERE consumer = %(consumer)s AND partition = %(partition)s AND position = %(before)s;

-- name: lag
-- By key: events not consumed yet, and the age in seconds of the oldest of them (0 where there are none).
SELECT p.key, h.position - coalesce(c.position, 0) AS events,
    coalesce(extract(epoch FROM eventlog.hub_now() - oldest.recorded_at), 0)::double precision AS seconds
FROM eventlog.partitions AS p
JOIN eventlog.heads AS h USING (partition)
LEFT JOIN eventlog.positions AS c ON c.partition = p.partition AND c.consumer = %(consumer)s
LEFT JOIN eventlog.events AS oldest
    ON oldest.partition = p.partition AND oldest.position = coalesce(c.position, 0) + 1
ORDER BY p.partition;

-- name: take_leases
-- Takes up to `limit` free partitions; a function scan stops at the limit, so no lock is taken and forgotten.
SELECT candidate FROM unnest(%(partitions)s::int[]) AS candidate
WHERE pg_try_advisory_lock(%(space)s, candidate)
LIMIT %(limit)s;

-- name: release_lease
-- Gives one partition back.
SELECT pg_advisory_unlock(%(space)s, %(partition)s);

-- name: join_members
-- Takes the first free seat among the workers of a consumer; the number of seats taken is their number.
SELECT seat FROM generate_series(%(first)s::int, %(first)s::int + 999) AS seat
WHERE pg_try_advisory_lock(%(space)s, seat)
LIMIT 1;

-- name: count_members
-- How many workers of a consumer live now (classid is shown without a sign).
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 2
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = %(space_oid)s::oid AND objid >= %(first)s::oid;

-- name: listen
-- From now on this session is told of appended events.
LISTEN lienthong_log;

-- name: notify
-- Tells consumers that something was appended. In a transaction of its own: NOTIFY in a writing transaction
-- holds a lock of the whole database through its commit.
NOTIFY lienthong_log;
