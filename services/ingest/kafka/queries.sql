-- name: inboxes
-- How far each client's topic was judged.
SELECT client, topic, topic_id, next_offset FROM ingest.inbound ORDER BY client;

-- name: inbox
-- How far one client's topic was judged.
SELECT client, topic, topic_id, next_offset FROM ingest.inbound WHERE client = %(client)s;

-- name: clock_offset
-- What the hub's clock adds to the true time (nothing, unless the data are samples).
SELECT clock_offset FROM eventlog.installation;

-- name: lock_inboxes
-- Holds these clients' rows until the transaction ends, in one order for everybody.
SELECT client, topic_id, next_offset, receipts, refusals, eventlog.hub_now()
FROM ingest.inbound WHERE client = ANY (%(clients)s::text[]) ORDER BY client FOR UPDATE;

-- name: advance_inboxes
-- Moves the places by compare-and-set, and counts what goes back.
UPDATE ingest.inbound AS i
SET topic_id = moved.topic_id, next_offset = moved.next_offset, receipts = i.receipts + moved.receipts,
    refusals = i.refusals + moved.refusals
FROM unnest(%(clients)s::text[], %(before)s::bigint[], %(topic_ids)s::text[], %(next)s::bigint[],
            %(receipts)s::bigint[], %(refusals)s::bigint[])
    AS moved (client, before, topic_id, next_offset, receipts, refusals)
WHERE i.client = moved.client AND i.next_offset = moved.before;

-- name: open_inbox
-- A client's topic is read from now on; one that is read already stays where it is.
INSERT INTO ingest.inbound (client, topic, topic_id, next_offset)
VALUES (%(client)s, %(topic)s, %(topic_id)s, %(next)s) ON CONFLICT (client) DO NOTHING;

-- name: open_outbox
-- Nothing was sent to the client yet.
INSERT INTO ingest.outbox_sent (client, stream) VALUES (%(client)s, 'receipts'), (%(client)s, 'refusals')
ON CONFLICT DO NOTHING;

-- name: copy_outbox
-- Receipts and refusals that go back to clients.
COPY ingest.outbox (client, stream, position, at, topic_id, kafka_offset, source, id, code, data) FROM STDIN;

-- name: take_stream
-- One client's stream with something to send, held until the transaction ends; those that others hold are left, and
-- those to which nothing can be sent now.
SELECT s.client, s.stream, s.position FROM ingest.outbox_sent AS s
WHERE EXISTS (SELECT FROM ingest.outbox AS o
              WHERE o.client = s.client AND o.stream = s.stream AND o.position > s.position)
  AND (s.client, s.stream) NOT IN (SELECT * FROM unnest(%(not_clients)s::text[], %(not_streams)s::text[]))
LIMIT 1 FOR UPDATE OF s SKIP LOCKED;

-- name: outgoing
-- What follows a position of a stream, with the event in the ledger that a receipt is of.
SELECT o.position, o.at, o.data, l.source, l.id, l.type, l.province, l.unit, l.round, l.form, l.revision,
       l.content_hash, l.salt, l.link, l.partition, l.position, l.received_at, l.deadline, l.late, l.client, l.warnings,
       l.explanations
FROM ingest.outbox AS o
LEFT JOIN ingest.ledger AS l ON o.stream = 'receipts' AND l.source = o.source AND l.id = o.id
WHERE o.client = %(client)s AND o.stream = %(stream)s AND o.position > %(after)s
ORDER BY o.position LIMIT %(limit)s;

-- name: mark_sent
-- Kafka has acknowledged up to here.
UPDATE ingest.outbox_sent SET position = %(last)s
WHERE client = %(client)s AND stream = %(stream)s AND position = %(after)s;

-- name: drop_sent
-- A page of what was sent and is older than Kafka keeps it goes.
DELETE FROM ingest.outbox WHERE (client, stream, position) IN (
    SELECT o.client, o.stream, o.position FROM ingest.outbox AS o JOIN ingest.outbox_sent AS s USING (client, stream)
    WHERE o.position <= s.position AND o.at < eventlog.hub_now() - make_interval(days => %(days)s) LIMIT %(page)s);

-- name: refused
-- Refusals of one client or all, newest first.
SELECT client, kafka_offset, at, data FROM ingest.outbox
WHERE stream = 'refusals' AND (%(client)s::text IS NULL OR client = %(client)s)
ORDER BY at DESC, client, position DESC LIMIT %(limit)s;

-- name: refused_at
-- The hashes that refusals named for one offset of the topic as it is now.
SELECT o.data FROM ingest.outbox AS o JOIN ingest.inbound AS i USING (client, topic_id)
WHERE o.client = %(client)s AND o.stream = 'refusals' AND o.kafka_offset = %(offset)s ORDER BY o.position DESC;

-- name: waiting
-- How many receipts and refusals are not in Kafka yet.
SELECT count(*) FROM ingest.outbox AS o JOIN ingest.outbox_sent AS s USING (client, stream)
WHERE o.position > s.position;

-- name: set_aside
-- Records at which the hub failed, of the topics as they are now, that nobody replayed yet.
SELECT count(*) FROM (SELECT DISTINCT client, topic_id, kafka_offset FROM ingest.outbox WHERE code = 'set_aside') AS o
JOIN ingest.inbound AS i USING (client, topic_id)
WHERE NOT EXISTS (SELECT FROM ingest.outbox AS replayed
                  WHERE replayed.client = o.client AND replayed.topic_id = o.topic_id
                    AND replayed.kafka_offset = o.kafka_offset AND replayed.code IS DISTINCT FROM 'set_aside');
