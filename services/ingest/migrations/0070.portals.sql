-- Portals whose feed the hub reads in the name of a client: what they publish is submitted as content items.
CREATE TABLE ingest.portals (
    portal text PRIMARY KEY CHECK (portal ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    province text NOT NULL,
    -- Who submits: its rights are asked at each turn.
    client text NOT NULL REFERENCES ingest.clients,
    unit text NOT NULL,
    url text NOT NULL,
    reach text NOT NULL CHECK (reach IN ('public', 'private', 'loopback')),
    kind text NOT NULL,
    language text NOT NULL,
    licence text NOT NULL,
    -- What every item serves; by category what an item of it serves besides.
    programmes text[] NOT NULL,
    categories jsonb NOT NULL DEFAULT '{}',
    every_seconds integer NOT NULL CHECK (every_seconds BETWEEN 1 AND 604800),
    active boolean NOT NULL DEFAULT true,
    removed_at timestamptz,
    -- How the last turn went (real time). etag, modified: for asking only what is new.
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    read_at timestamptz,
    outcome text,
    detail text,
    etag text,
    modified text
);

-- What was read of each, by the id that the hub gives it. digest: of what was submitted last. problems: why the hub
-- refused it, as codes. checked_at: when its page was last asked after it had left the feed.
CREATE TABLE ingest.portal_items (
    portal text NOT NULL REFERENCES ingest.portals,
    item text NOT NULL,
    link text NOT NULL,
    title text NOT NULL,
    digest text NOT NULL,
    revision integer NOT NULL CHECK (revision >= 1),
    state text NOT NULL CHECK (state IN ('submitted', 'refused', 'withdrawn')),
    problems text[] NOT NULL DEFAULT '{}',
    listed boolean NOT NULL DEFAULT true,
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    checked_at timestamptz,
    PRIMARY KEY (portal, item)
);
CREATE INDEX portal_items_to_check ON ingest.portal_items (portal, checked_at NULLS FIRST)
WHERE state = 'submitted' AND NOT listed;
