-- People who log in: who they are, what they may do, how they prove themselves, and their sessions.
-- Times here are real time, as in 0010.identity of ingest: the set clock of a sample must not make a session last.
-- Everything is readable by lienthong_identity alone.

CREATE TABLE identity.people (
    person text COLLATE "C" PRIMARY KEY CHECK (person ~ '^[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]$'),
    name text NOT NULL,
    email text,
    province text NOT NULL REFERENCES eventlog.partitions (key),
    -- Raised when living tokens must die; changed_at says since when the trust list has to name the person.
    generation integer NOT NULL DEFAULT 1 CHECK (generation >= 1),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    disabled_at timestamptz
);
COMMENT ON TABLE identity.people IS 'One person who may log in, kept by one province (or VN). Never deleted: the audit log names it.';
COMMENT ON COLUMN identity.people.person IS 'The name to log in with; the audit log and the event log know the person by it.';
CREATE INDEX people_of_province ON identity.people (province, person);
CREATE INDEX people_changed ON identity.people (changed_at);
CREATE UNIQUE INDEX people_email ON identity.people (lower(email)) WHERE email IS NOT NULL;

CREATE TABLE identity.bindings (
    person text COLLATE "C" NOT NULL REFERENCES identity.people (person),
    role text NOT NULL,
    province text NOT NULL REFERENCES eventlog.partitions (key),
    units text[] NOT NULL,
    PRIMARY KEY (person, province, role)
);
COMMENT ON TABLE identity.bindings IS 'Roles of people; no units means the whole province.';
CREATE INDEX bindings_of_province ON identity.bindings (province, person);

CREATE TABLE identity.passwords (
    person text COLLATE "C" PRIMARY KEY REFERENCES identity.people (person),
    digest text NOT NULL,
    temporary boolean NOT NULL,
    set_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE identity.passwords IS 'Argon2id, in its own encoded form. temporary: set by somebody else, to be changed at the first login.';

CREATE TABLE identity.second_factors (
    person text COLLATE "C" PRIMARY KEY REFERENCES identity.people (person),
    secret text NOT NULL,
    confirmed_at timestamptz,
    last_step bigint NOT NULL DEFAULT 0
);
COMMENT ON COLUMN identity.second_factors.secret IS 'TOTP (RFC 6238), base32. In clear, because a code is computed from it: a dump that left your hands is a leak.';
COMMENT ON COLUMN identity.second_factors.last_step IS 'The last period whose code was used: each code works once.';

CREATE TABLE identity.recovery_codes (
    person text COLLATE "C" NOT NULL REFERENCES identity.people (person),
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    used_at timestamptz,
    PRIMARY KEY (person, digest)
);
COMMENT ON TABLE identity.recovery_codes IS 'sha256 of random codes that stand in for a lost second factor, once each.';

CREATE TABLE identity.subjects (
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    person text COLLATE "C" NOT NULL REFERENCES identity.people (person),
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (issuer, subject)
);
COMMENT ON TABLE identity.subjects IS 'Who a person is at an OpenID provider, once known: an address may pass to somebody else, a subject does not.';
CREATE UNIQUE INDEX subjects_one_each ON identity.subjects (person, issuer);

CREATE TABLE identity.sessions (
    session text COLLATE "C" PRIMARY KEY,
    digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    person text COLLATE "C" NOT NULL REFERENCES identity.people (person),
    province text NOT NULL,
    made_by text NOT NULL CHECK (made_by IN ('password', 'oidc')),
    second_factor_at timestamptz,
    wrong_codes integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    address text,
    agent text CHECK (length(agent) <= 200)
);
COMMENT ON TABLE identity.sessions IS 'digest: sha256 of the cookie, which is stored nowhere. session: how lists name it. province: the one acted in.';
CREATE INDEX sessions_of_person ON identity.sessions (person) WHERE ended_at IS NULL;
CREATE INDEX sessions_ending ON identity.sessions (ends_at);

CREATE UNLOGGED TABLE identity.failures (
    key bytea PRIMARY KEY,
    began timestamptz NOT NULL,
    count integer NOT NULL
);
COMMENT ON TABLE identity.failures IS 'Failed proofs in a window, by digest of what is counted. A crash forgets them, which harms nobody.';
CREATE INDEX failures_began ON identity.failures (began);

CREATE TABLE identity.devices (
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    person text COLLATE "C" NOT NULL REFERENCES identity.people (person),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (digest, person)
);
COMMENT ON TABLE identity.devices IS 'Browsers in which a person has logged in before (sha256 of a cookie): failures elsewhere do not brake them.';
CREATE INDEX devices_seen ON identity.devices (seen_at);

CREATE TABLE identity.oidc_flows (
    state bytea PRIMARY KEY CHECK (octet_length(state) = 32),
    browser bytea NOT NULL CHECK (octet_length(browser) = 32),
    nonce text NOT NULL,
    verifier text NOT NULL,
    back_to text NOT NULL,
    failed_to text,
    ends_at timestamptz NOT NULL
);
COMMENT ON TABLE identity.oidc_flows IS 'Log-ins on their way through an OpenID provider; each state works once, in the browser that began it.';
CREATE INDEX oidc_flows_ending ON identity.oidc_flows (ends_at);

-- People and clients are changed in one list: no client id has a colon.
CREATE OR REPLACE VIEW identity.changed_clients AS
SELECT client_id, generation FROM ingest.clients
WHERE generation > 1 AND changed_at > clock_timestamp() - interval '15 minutes'
UNION ALL
SELECT 'person:' || person, generation FROM identity.people
WHERE generation > 1 AND changed_at > clock_timestamp() - interval '15 minutes';
COMMENT ON VIEW identity.changed_clients IS 'Lowest generation still good, for clients and people changed within the life of a token (10 minutes).';

REVOKE DELETE ON identity.people FROM lienthong_identity;
