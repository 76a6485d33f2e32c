-- What via units did with reports: a row each, never changed. The latest of a revision says where it stands.

CREATE TABLE ingest.reviews (
    round text COLLATE "C" NOT NULL,
    form text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    revision integer NOT NULL,
    state text NOT NULL CHECK (state IN ('returned', 'passed_on')),
    via text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    figures text NOT NULL,
    reviewed_by text NOT NULL,
    reviewed_at timestamptz NOT NULL,
    partition integer NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (round, form, unit, position)
);
COMMENT ON COLUMN ingest.reviews.reason IS 'Why it is returned; of a report that is passed on, the note.';
COMMENT ON COLUMN ingest.reviews.figures IS 'JSON: [{code, reason}], the figures that a return is about.';
