-- Secrets of this installation. The cursor key signs the feed's cursors, so that nobody can make one up.
CREATE TABLE export.keys (
    name text PRIMARY KEY,
    secret bytea NOT NULL CHECK (octet_length(secret) >= 32)
);
INSERT INTO export.keys VALUES ('cursor', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

-- Where the feed stands. Its one row is locked last in every transaction that adds entries: positions are whole
-- numbers in commit order, so a cursor skips nothing whoever writes.
CREATE TABLE export.feed_head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL DEFAULT 0 CHECK (position >= 0)
) WITH (fillfactor = 10);
INSERT INTO export.feed_head DEFAULT VALUES;

-- Releases as they were made. dataset: canonical JSON, exactly what the digest is over.
CREATE TABLE export.releases (
    release text PRIMARY KEY,
    round text NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    supersedes text,
    programme text NOT NULL,
    plan text NOT NULL,
    period text NOT NULL,
    province text NOT NULL,
    issuer text NOT NULL,
    issuer_level text NOT NULL,
    -- Scope of the release: unit codes (VN: the Ministry) and `platform`.
    recipients text[] NOT NULL,
    sample boolean NOT NULL,
    digest text NOT NULL,
    signed_at timestamptz NOT NULL,
    made_at timestamptz NOT NULL,
    dataset text NOT NULL,
    withdrawn_at timestamptz,
    withdrawal_reason text,
    UNIQUE (round, version)
);
CREATE INDEX releases_of_period ON export.releases (programme, period, issuer, version);

-- The sums of each release, for the consolidation over provinces. total: scaled by decimals; null: not reported.
CREATE TABLE export.figures (
    release text NOT NULL REFERENCES export.releases ON DELETE CASCADE,
    form text NOT NULL,
    code text NOT NULL,
    kind text NOT NULL,
    decimals integer NOT NULL CHECK (decimals >= 0),
    total numeric,
    given integer NOT NULL,
    obliged integer NOT NULL,
    described text NOT NULL,
    PRIMARY KEY (release, form, code)
);

-- What the feed lists: a release, or that one was withdrawn.
CREATE TABLE export.feed (
    position bigint PRIMARY KEY,
    entry text NOT NULL CHECK (entry IN ('release', 'withdrawn')),
    release text NOT NULL REFERENCES export.releases,
    province text NOT NULL,
    programme text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT eventlog.hub_now(),
    UNIQUE (release, entry)
);
CREATE INDEX feed_of_province ON export.feed (province, position);

-- What goes out, under the contract with the platform, whoever it goes to.
CREATE TABLE export.messages (
    kind text NOT NULL CHECK (kind IN ('release', 'content')),
    subject text NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    withdraws boolean NOT NULL,
    type text NOT NULL,
    province text NOT NULL,
    sample boolean NOT NULL,
    digest text NOT NULL,
    at timestamptz NOT NULL,
    data text NOT NULL,
    -- Where in the log it comes from: a text that is redacted there is erased here.
    partition integer NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (kind, subject, version, withdraws)
);
CREATE INDEX messages_of_place ON export.messages (partition, position);
CREATE INDEX messages_of_province ON export.messages (province, kind, subject);

-- Who is pushed to. reach: which addresses it may have (services/export/delivery.py). sender: our name there.
-- slot_at: not before this may the next attempt be claimed (rate limit).
CREATE TABLE export.destinations (
    id text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
    name text NOT NULL,
    province text NOT NULL CHECK (province ~ '^[0-9]{2}$'),
    kinds text[] NOT NULL CHECK (kinds <@ ARRAY['release', 'content'] AND kinds <> '{}'),
    url text NOT NULL,
    reach text NOT NULL CHECK (reach IN ('public', 'private', 'loopback')),
    sender text NOT NULL,
    secret text NOT NULL,
    per_minute integer NOT NULL CHECK (per_minute BETWEEN 1 AND 60000),
    in_flight integer NOT NULL CHECK (in_flight BETWEEN 1 AND 64),
    timeout_seconds double precision NOT NULL CHECK (timeout_seconds > 0 AND timeout_seconds <= 300),
    active boolean NOT NULL DEFAULT true,
    slot_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_at timestamptz NOT NULL DEFAULT eventlog.hub_now()
);

-- One row for each message and destination. number: order of sending within a subject. tries: attempts since it
-- was last put on its way; attempts: all of them, and the token of a claim. Times of sending are real time, not
-- the hub's: the receiver judges a timestamp by its own clock, and a wait is a wait whatever the hub's clock says.
CREATE TABLE export.deliveries (
    id text PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    destination text NOT NULL REFERENCES export.destinations,
    kind text NOT NULL,
    subject text NOT NULL,
    version integer NOT NULL,
    withdraws boolean NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead', 'superseded')),
    attempts integer NOT NULL DEFAULT 0,
    tries integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    claimed_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at timestamptz,
    reason text,
    FOREIGN KEY (kind, subject, version, withdraws) REFERENCES export.messages,
    UNIQUE (destination, kind, subject, version, withdraws)
);
CREATE INDEX deliveries_due ON export.deliveries (destination, due_at) WHERE state = 'pending';
CREATE INDEX deliveries_pending_of_subject ON export.deliveries (destination, kind, subject, number)
WHERE state = 'pending';
CREATE INDEX deliveries_in_flight ON export.deliveries (destination)
WHERE state = 'pending' AND claimed_until IS NOT NULL;

CREATE INDEX deliveries_of_state ON export.deliveries (state, created_at);

-- Every attempt, also one whose outcome nobody learned (finished_at is null).
CREATE TABLE export.attempts (
    delivery text NOT NULL REFERENCES export.deliveries,
    number integer NOT NULL,
    worker text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    status integer,
    outcome text,
    detail text,
    PRIMARY KEY (delivery, number)
);

-- Facts of the log that nobody can export (a dataset that is not what its digest says).
CREATE TABLE export.aside (
    partition integer NOT NULL,
    position bigint NOT NULL,
    type text NOT NULL,
    code text NOT NULL,
    reason text NOT NULL,
    noticed_at timestamptz NOT NULL DEFAULT eventlog.hub_now(),
    PRIMARY KEY (partition, position)
);

GRANT EXECUTE ON FUNCTION eventlog.hub_now() TO lienthong_export;
