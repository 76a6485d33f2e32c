-- Material that agencies share with one another. body: what was shared last, as JSON. visible_to: units that may see
-- it; NULL: all of its province. words: title, subject and summary without marks, for searching.
CREATE TABLE ingest.materials (
    unit text COLLATE "C" NOT NULL,
    material text COLLATE "C" NOT NULL,
    province text NOT NULL,
    revision integer NOT NULL,
    visible_to text[],
    withdrawn boolean NOT NULL,
    body text NOT NULL,
    words text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (unit, material)
);
CREATE INDEX materials_by_words ON ingest.materials USING gin (to_tsvector('simple', words));
CREATE INDEX materials_by_province ON ingest.materials (province, unit, material);
