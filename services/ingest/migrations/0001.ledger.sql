-- The tables of ingest: definitions as they stand, the ledger of what was accepted, and the latest state of each
-- report. Ids in the ledger are remembered for ever; bodies live in the event log only.

CREATE TABLE ingest.definitions (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version bigint NOT NULL
);
COMMENT ON TABLE ingest.definitions IS 'Counts every change of a definition; a process with another number reloads.';
INSERT INTO ingest.definitions (version) VALUES (0);

CREATE TABLE ingest.registry (
    kind text NOT NULL CHECK (kind IN ('units', 'relations', 'aliases', 'populations')),
    key text COLLATE "C" NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (kind, key)
);
COMMENT ON TABLE ingest.registry IS 'The four tables of the registry of units, a row each, as JSON.';

CREATE TABLE ingest.plans (
    plan text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    programme text NOT NULL,
    province text NOT NULL,
    digest text NOT NULL,
    document text NOT NULL,
    published_at timestamptz NOT NULL,
    published_by text NOT NULL,
    PRIMARY KEY (plan, version)
);

CREATE TABLE ingest.rounds (
    round text COLLATE "C" PRIMARY KEY,
    plan text COLLATE "C" NOT NULL,
    plan_version integer NOT NULL,
    province text NOT NULL,
    body text NOT NULL,
    opened_at timestamptz NOT NULL,
    locked_at timestamptz
);
COMMENT ON COLUMN ingest.rounds.body IS 'The data of round.opened, with the obliged units as they stand now.';

CREATE TABLE ingest.extensions (
    round text COLLATE "C" NOT NULL REFERENCES ingest.rounds,
    obligation text NOT NULL,
    unit text,
    until timestamptz NOT NULL,
    original timestamptz,
    reason text NOT NULL,
    document text NOT NULL,
    granted_by text NOT NULL,
    granted_at timestamptz NOT NULL
);

CREATE TABLE ingest.releases (
    release text COLLATE "C" PRIMARY KEY,
    round text COLLATE "C" NOT NULL REFERENCES ingest.rounds,
    version integer NOT NULL,
    recipients text[] NOT NULL,
    document text NOT NULL,
    signed_by text NOT NULL,
    signed_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    partition integer NOT NULL,
    position bigint NOT NULL,
    UNIQUE (round, version)
);

CREATE TABLE ingest.ledger (
    source text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    type text NOT NULL,
    province text NOT NULL,
    unit text COLLATE "C" NOT NULL,
    round text COLLATE "C",
    form text COLLATE "C",
    revision integer,
    content_hash bytea NOT NULL,
    salt bytea NOT NULL,
    link bytea NOT NULL,
    partition integer NOT NULL,
    position bigint NOT NULL,
    received_at timestamptz NOT NULL,
    deadline timestamptz,
    late boolean NOT NULL,
    client text NOT NULL,
    warnings text NOT NULL,
    PRIMARY KEY (source, id)
);
CREATE INDEX ledger_by_report ON ingest.ledger (round, form, unit, position) WHERE round IS NOT NULL;
CREATE UNIQUE INDEX ledger_by_position ON ingest.ledger (partition, position);

CREATE TABLE ingest.slots (
    round text COLLATE "C" NOT NULL,
    form text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    revision integer NOT NULL,
    withdrawn boolean NOT NULL,
    late boolean NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (round, form, unit)
) WITH (fillfactor = 80);
COMMENT ON TABLE ingest.slots IS 'The highest accepted revision of each report, and whether it was withdrawn.';

CREATE TABLE ingest.contents (
    unit text COLLATE "C" NOT NULL,
    item text COLLATE "C" NOT NULL,
    revision integer NOT NULL,
    state text NOT NULL CHECK (state IN ('submitted', 'approved', 'withdrawn')),
    body text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (unit, item)
);

CREATE TABLE ingest.refusals (
    refusal bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    client text NOT NULL,
    province text NOT NULL,
    source text NOT NULL,
    id text NOT NULL,
    unit text,
    round text,
    errors text NOT NULL
);
CREATE INDEX refusals_by_province ON ingest.refusals (province, refusal);
COMMENT ON TABLE ingest.refusals IS 'Why a submission was refused: codes and places. Its content is kept nowhere.';
