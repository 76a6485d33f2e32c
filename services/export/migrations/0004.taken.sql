-- What destinations show, taken for the portals of the province. Columns have defaults: a process of an older version
-- goes on beside this one.
ALTER TABLE export.destinations
    -- Whether it is asked for what it has published.
    ADD COLUMN takes boolean NOT NULL DEFAULT false;

-- How far each destination was read. after: of its numbers. due_at: not before this is it asked again (real time).
CREATE TABLE export.taking (
    destination text PRIMARY KEY REFERENCES export.destinations,
    after bigint NOT NULL DEFAULT 0 CHECK (after >= 0),
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    asked_at timestamptz,
    -- Of the last time: `ok`, or why not; left_out: items that kept no schema.
    outcome text,
    detail text,
    left_out bigint NOT NULL DEFAULT 0
);

-- Items as the destination shows them now. data: null where it was withdrawn there (the row keeps its number).
CREATE TABLE export.taken (
    destination text NOT NULL REFERENCES export.destinations,
    sender text NOT NULL,
    id text NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    number bigint NOT NULL CHECK (number >= 1),
    -- Its id in the hub's own feeds.
    urn text NOT NULL,
    data jsonb,
    published_at timestamptz,
    taken_at timestamptz NOT NULL DEFAULT eventlog.hub_now(),
    PRIMARY KEY (destination, sender, id)
);
CREATE INDEX taken_urns ON export.taken (urn);
CREATE INDEX taken_addresses ON export.taken ((data ->> 'url')) WHERE data IS NOT NULL;
CREATE INDEX taken_newest ON export.taken (destination, published_at DESC) WHERE data IS NOT NULL;

-- By which names a portal that shows them may list them: their id in the hub's feeds, and their address. Ingest asks it
-- before it submits what it reads of a portal, so that nothing goes round in a circle.
CREATE VIEW export.shown_elsewhere AS
SELECT urn AS name FROM export.taken UNION ALL SELECT data ->> 'url' FROM export.taken WHERE data IS NOT NULL;
GRANT USAGE ON SCHEMA export TO lienthong_ingest;
GRANT SELECT ON export.shown_elsewhere TO lienthong_ingest;
