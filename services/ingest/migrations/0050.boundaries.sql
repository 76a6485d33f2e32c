-- Where the communes of a province lie, as its office imported it: for drawing alone.
CREATE TABLE ingest.boundaries (
    province text COLLATE "C" PRIMARY KEY,
    digest text NOT NULL,
    body text NOT NULL,
    imported_at timestamptz NOT NULL,
    imported_by text NOT NULL
);
COMMENT ON COLUMN ingest.boundaries.body IS 'Rings of longitude and latitude by unit code, as JSON.';
