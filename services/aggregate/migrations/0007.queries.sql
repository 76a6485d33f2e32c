-- Queries on reports (checks of severity warning that failed) and what was said of each: they go with the release. Rows
-- are of a revision, so that a correction leaves behind what was asked of the one before.

CREATE TABLE aggregate.queries (
    round text COLLATE "C" NOT NULL,
    form text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    revision integer NOT NULL,
    check_code text COLLATE "C" NOT NULL,
    figure text COLLATE "C" NOT NULL,
    message_vi text NOT NULL,
    message_en text NOT NULL,
    PRIMARY KEY (round, form, unit, revision, check_code)
);

CREATE TABLE aggregate.explanations (
    province text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    number smallint NOT NULL,
    round text COLLATE "C" NOT NULL,
    form text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    revision integer NOT NULL,
    check_code text COLLATE "C" NOT NULL,
    text text NOT NULL,
    said_at timestamptz NOT NULL,
    PRIMARY KEY (province, position, number)
);
COMMENT ON COLUMN aggregate.explanations.number IS 'Its place in the event, from 0; with the position what a redaction names.';
CREATE INDEX explanations_of_round ON aggregate.explanations (round);
