CREATE SCHEMA eventlog;

-- What this installation is. One row.
CREATE TABLE eventlog.installation (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    -- Sample data may run on a set clock; real data never.
    sample boolean NOT NULL DEFAULT false,
    clock_offset interval NOT NULL DEFAULT interval '0',
    -- Grows with every restore from a backup: cursors of the lost future are recognised by it.
    epoch integer NOT NULL DEFAULT 1 CHECK (epoch >= 1),
    -- First link of every partition's hash chain; two installations never share a chain.
    chain_seed bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT only_sample_data_has_a_set_clock CHECK (sample OR clock_offset = interval '0')
);
INSERT INTO eventlog.installation DEFAULT VALUES;

-- The hub's clock: every "now" that decides anything.
CREATE FUNCTION eventlog.hub_now() RETURNS timestamptz
LANGUAGE sql VOLATILE PARALLEL SAFE
SET search_path = pg_catalog
AS 'SELECT clock_timestamp() + clock_offset FROM eventlog.installation';

-- Partitions: the nation and the 34 provinces by official code. Never changed, only added to.
CREATE TABLE eventlog.partitions (
    key text PRIMARY KEY,
    partition integer NOT NULL UNIQUE CHECK (partition >= 0)
);
INSERT INTO eventlog.partitions (key, partition)
SELECT code, ordinality - 1
FROM unnest(ARRAY[
    'VN',
    '01', '04', '08', '11', '12', '14', '15', '19', '20', '22', '24', '25', '31', '33', '37', '38', '40',
    '42', '44', '46', '48', '51', '52', '56', '66', '68', '75', '79', '80', '82', '86', '91', '92', '96'
]) WITH ORDINALITY AS listed (code, ordinality);

-- Where each partition stands. The row is locked last in every appending transaction, partitions in ascending
-- order, and that lock is what makes positions whole numbers in commit order without holes.
CREATE TABLE eventlog.heads (
    partition integer PRIMARY KEY REFERENCES eventlog.partitions (partition),
    position bigint NOT NULL DEFAULT 0 CHECK (position >= 0),
    chain bytea NOT NULL
) WITH (fillfactor = 10);  -- updated at every commit: room for many versions on the page (HOT)
INSERT INTO eventlog.heads (partition, chain)
SELECT p.partition, sha256(i.chain_seed || convert_to(p.key, 'UTF8'))
FROM eventlog.partitions AS p CROSS JOIN eventlog.installation AS i;

CREATE TABLE eventlog.events (
    partition integer NOT NULL,
    position bigint NOT NULL CHECK (position > 0),
    recorded_at timestamptz NOT NULL,
    time timestamptz NOT NULL,
    type text NOT NULL,
    source text NOT NULL,
    id text NOT NULL,
    subject text,
    correlation_id text,
    causation_id text,
    traceparent text,
    -- What the hash chain takes of the event, and the chain's value after it. The seal stays when a text is
    -- redacted from the data.
    seal bytea NOT NULL CHECK (octet_length(seal) = 32),
    link bytea NOT NULL CHECK (octet_length(link) = 32),
    data text NOT NULL,
    PRIMARY KEY (partition, position)
);

-- Without lz4 only pglz is left, which costs more than it saves: 12,000 appended events/s against 19,600 stored
-- as they are (3 kB each).
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)) THEN
        ALTER TABLE eventlog.events ALTER COLUMN data SET STORAGE EXTERNAL;
    END IF;
END
$$;

-- Ids of reports are remembered for ever by ingest's ledger; the frequent types need no second index.
CREATE UNIQUE INDEX events_once ON eventlog.events (source, id)
WHERE type NOT IN ('vn.lienthong.report.accepted.v1', 'vn.lienthong.report.withdrawn.v1');

-- Finds rare facts (the release of that name, the plan of that version) without reading the log.
CREATE INDEX events_of_subject ON eventlog.events (type, subject)
WHERE type NOT IN ('vn.lienthong.report.accepted.v1', 'vn.lienthong.report.withdrawn.v1');

-- How far each consumer has come, advanced by compare-and-set in the transaction of its results.
CREATE TABLE eventlog.positions (
    consumer text NOT NULL,
    partition integer NOT NULL REFERENCES eventlog.partitions (partition),
    position bigint NOT NULL DEFAULT 0 CHECK (position >= 0),
    advanced_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, partition)
) WITH (fillfactor = 10);

-- A data folder becomes sample before anything is recorded in it, and stays it.
CREATE FUNCTION eventlog.guard_sample() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF OLD.sample AND NOT NEW.sample THEN
        RAISE EXCEPTION 'sample data can not become real data' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.sample AND NOT OLD.sample AND EXISTS (SELECT FROM eventlog.heads WHERE position > 0) THEN
        RAISE EXCEPTION 'a log with events can not become sample data' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER guard_sample BEFORE UPDATE ON eventlog.installation
FOR EACH ROW EXECUTE FUNCTION eventlog.guard_sample();

GRANT USAGE ON SCHEMA eventlog TO lienthong_ingest, lienthong_aggregate, lienthong_export;
GRANT SELECT ON ALL TABLES IN SCHEMA eventlog TO lienthong_ingest, lienthong_aggregate, lienthong_export;
GRANT INSERT ON eventlog.events TO lienthong_ingest, lienthong_aggregate, lienthong_export;
GRANT UPDATE ON eventlog.heads TO lienthong_ingest, lienthong_aggregate, lienthong_export;
GRANT INSERT, UPDATE, DELETE ON eventlog.positions TO lienthong_ingest, lienthong_aggregate, lienthong_export;
-- Redaction removes a text from the data and leaves seal and link.
GRANT UPDATE (data) ON eventlog.events TO lienthong_ingest;
