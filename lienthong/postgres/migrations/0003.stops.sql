-- Facts that a consumer could not apply: it stands before them, in that partition alone. A row counts while its
-- position is the next one of the consumer; what went on since leaves it behind as a trace.
CREATE TABLE eventlog.stops (
    consumer text NOT NULL,
    partition integer NOT NULL REFERENCES eventlog.partitions (partition),
    position bigint NOT NULL CHECK (position > 0),
    type text,  -- null where there is no fact: the log itself is damaged
    code text NOT NULL,
    reason text NOT NULL,
    since timestamptz NOT NULL,
    tried_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 1,
    PRIMARY KEY (consumer, partition)
);

GRANT SELECT, INSERT, UPDATE ON eventlog.stops TO lienthong_ingest, lienthong_aggregate, lienthong_export;
