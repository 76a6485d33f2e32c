-- Submitting by Kafka: how far each client's inbound topic was judged, and what goes back to the client.

CREATE TABLE ingest.inbound (
    client text COLLATE "C" PRIMARY KEY REFERENCES ingest.clients (client_id),
    topic text NOT NULL,
    topic_id text NOT NULL,
    next_offset bigint NOT NULL CHECK (next_offset >= 0),
    receipts bigint NOT NULL DEFAULT 0,
    refusals bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
COMMENT ON TABLE ingest.inbound IS 'One row for each client with a topic; moved by compare-and-set in the accepting transaction.';
COMMENT ON COLUMN ingest.inbound.topic_id IS 'Of the very topic the offset is of: one made anew under its name has another.';
COMMENT ON COLUMN ingest.inbound.next_offset IS 'Of the first record that is not judged yet.';
COMMENT ON COLUMN ingest.inbound.receipts IS 'How many receipts stand in the outbox, ever: the position of the last.';

CREATE TABLE ingest.outbox (
    client text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL CHECK (stream IN ('receipts', 'refusals')),
    position bigint NOT NULL,
    at timestamptz NOT NULL,
    topic_id text NOT NULL,
    kafka_offset bigint NOT NULL,
    source text,
    id text,
    code text,
    data text NOT NULL,
    PRIMARY KEY (client, stream, position)
);
CREATE INDEX outbox_by_offset ON ingest.outbox (client, kafka_offset);
CREATE INDEX outbox_set_aside ON ingest.outbox (client, kafka_offset) WHERE code = 'set_aside';
COMMENT ON TABLE ingest.outbox IS 'Receipts and refusals of what came by Kafka, numbered without holes for each client and stream.';
COMMENT ON COLUMN ingest.outbox.source IS 'With id: the event in the ledger, where the receipt is read when it is sent.';

CREATE TABLE ingest.outbox_sent (
    client text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    position bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (client, stream)
) WITH (fillfactor = 50);
COMMENT ON COLUMN ingest.outbox.code IS 'Of a refusal: its first reason.';
COMMENT ON TABLE ingest.outbox_sent IS 'Apart from ingest.inbound: it is locked while Kafka is waited for, and accepting must not wait for that.';
