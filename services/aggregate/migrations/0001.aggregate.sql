-- The tables of aggregate: what it knows of the definitions, the latest state of each report, and the rollups.
-- All of it is made from the event log and can be made again (`lienthong replay`). A row is written only by the
-- worker that consumes its province's partition.

CREATE TABLE aggregate.plans (
    plan text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    programme text NOT NULL,
    province text NOT NULL,
    digest text NOT NULL,
    document text NOT NULL,
    PRIMARY KEY (plan, version)
);
COMMENT ON COLUMN aggregate.plans.document IS 'The plan merged with its programme, as published (JSON).';

CREATE TABLE aggregate.rounds (
    round text COLLATE "C" PRIMARY KEY,
    province text NOT NULL,
    programme text COLLATE "C" NOT NULL,
    plan text COLLATE "C" NOT NULL,
    period text COLLATE "C" NOT NULL,
    -- Forms come from the version that the round opened with; indicators and targets from the version read by.
    opened_version integer NOT NULL,
    reading_version integer NOT NULL,
    body jsonb NOT NULL,
    extensions jsonb NOT NULL DEFAULT '[]',
    opened_at timestamptz NOT NULL,
    locked_at timestamptz,
    changed_position bigint NOT NULL
);
COMMENT ON COLUMN aggregate.rounds.body IS 'The data of round.opened, with the obliged units as they stand now.';
COMMENT ON COLUMN aggregate.rounds.changed_position IS 'Position of the last event that changed the definition, not the reports.';
CREATE INDEX rounds_of_plan ON aggregate.rounds (plan, period);
CREATE INDEX rounds_of_programme ON aggregate.rounds (programme, period);

CREATE TABLE aggregate.units (
    province text NOT NULL,
    code text COLLATE "C" NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    level text NOT NULL,
    full_name text NOT NULL,
    PRIMARY KEY (province, code, valid_from)
);
COMMENT ON TABLE aggregate.units IS 'Names for display, by the partition that told them.';

CREATE TABLE aggregate.populations (
    province text NOT NULL,
    unit text COLLATE "C" NOT NULL,
    year integer NOT NULL,
    value bigint NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (province, unit, year)
);

CREATE TABLE aggregate.reports (
    round text COLLATE "C" NOT NULL,
    form text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    revision integer NOT NULL,
    -- Packed in the figure order of the round's form; null = not reported. No array at all: withdrawn.
    figures bigint[],
    content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
    position bigint NOT NULL,
    received_at timestamptz NOT NULL,
    late boolean NOT NULL,
    PRIMARY KEY (round, form, unit)
) WITH (fillfactor = 85);  -- corrections find room on their page
COMMENT ON TABLE aggregate.reports IS 'The latest revision of each report, counted or not.';

CREATE TABLE aggregate.rollups (
    round text COLLATE "C" NOT NULL,
    form text COLLATE "C" NOT NULL,
    layout text NOT NULL,
    slots bigint[] NOT NULL,
    PRIMARY KEY (round, form)
) WITH (fillfactor = 50);  -- updated by every batch
COMMENT ON COLUMN aggregate.rollups.layout IS 'Digest of lienthong.rollup.Layout: says what each slot holds.';

CREATE TABLE aggregate.releases (
    release text COLLATE "C" PRIMARY KEY,
    round text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    position bigint NOT NULL,
    signed_at timestamptz NOT NULL,
    recipients text[] NOT NULL,
    digest text NOT NULL,
    recomputed text NOT NULL,
    dataset text NOT NULL,
    UNIQUE (round, version)
);
COMMENT ON COLUMN aggregate.releases.position IS 'Of the sign-off: the cut.';
COMMENT ON COLUMN aggregate.releases.recomputed IS 'Digest of the dataset as computed now; differs from digest when a replay made another.';
