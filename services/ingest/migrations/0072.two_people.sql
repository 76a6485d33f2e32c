-- Two people stand behind a release: drafts, who drafted what was signed, and the units that are allowed one person.
-- The columns may stay empty: what was signed or submitted before knows nobody.

CREATE TABLE ingest.release_drafts (
    release text COLLATE "C" NOT NULL,
    round text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    recipients text[] NOT NULL,
    document text NOT NULL,
    note text NOT NULL,
    digest text NOT NULL,
    reports integer NOT NULL,
    missing integer NOT NULL,
    drafted_by text NOT NULL,
    drafted_at timestamptz NOT NULL,
    partition integer NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (partition, position)
);
CREATE INDEX release_drafts_by_round ON ingest.release_drafts (round, position);
COMMENT ON COLUMN ingest.release_drafts.digest IS 'Of the reports that stood when it was drafted; position is where.';

CREATE TABLE ingest.single_people (
    unit text COLLATE "C" NOT NULL,
    allowed boolean NOT NULL,
    reason text NOT NULL,
    document text NOT NULL,
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL,
    partition integer NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (partition, position)
);
CREATE INDEX single_people_by_unit ON ingest.single_people (unit, decided_at);
COMMENT ON TABLE ingest.single_people IS 'Decisions that one person may draft and sign for a unit; the latest holds.';

ALTER TABLE ingest.releases ADD COLUMN drafted_by text;
ALTER TABLE ingest.contents ADD COLUMN submitted_by text;
