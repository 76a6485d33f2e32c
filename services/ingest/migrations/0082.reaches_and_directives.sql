-- How many people a content item reached on a channel, as it stood at the end of a day. A correction replaces its day.
CREATE TABLE ingest.reaches (
    unit text COLLATE "C" NOT NULL,
    item text COLLATE "C" NOT NULL,
    channel text COLLATE "C" NOT NULL,
    day date NOT NULL,
    reach bigint NOT NULL CHECK (reach >= 0),
    -- NULL: the channel does not tell.
    interactions bigint CHECK (interactions >= 0),
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (unit, item, channel, day)
);

-- Directive documents: issued, posted, shared. body: what was registered last, as JSON.
CREATE TABLE ingest.directives (
    unit text COLLATE "C" NOT NULL,
    directive text COLLATE "C" NOT NULL,
    revision integer NOT NULL,
    issued date NOT NULL,
    withdrawn boolean NOT NULL,
    body text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (unit, directive)
);
CREATE INDEX directives_by_day ON ingest.directives (issued, unit, directive);
