-- Clients, their credentials, the keys that sign access tokens, and the audit log.
-- Times here are real time (clock_timestamp), not hub time: the set clock of a sample must not make a token or
-- a secret last. The audit log alone is written in hub time, to stand beside receipts.

CREATE TABLE ingest.clients (
    client_id text COLLATE "C" PRIMARY KEY CHECK (client_id ~ '^[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]$'),
    name text NOT NULL,
    province text NOT NULL REFERENCES eventlog.partitions (key),
    role text NOT NULL,
    units text[] NOT NULL,
    scopes text[] NOT NULL,
    kafka_principal text,
    -- Raised when living tokens must die; changed_at says since when the trust list has to name the client.
    generation integer NOT NULL DEFAULT 1 CHECK (generation >= 1),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    revoked_at timestamptz
);
COMMENT ON TABLE ingest.clients IS 'One integrated system or tool of one province (or VN). Never deleted: the audit log names it.';
CREATE INDEX clients_of_province ON ingest.clients (province, client_id);
CREATE INDEX clients_changed ON ingest.clients (changed_at);
CREATE UNIQUE INDEX clients_kafka_principal ON ingest.clients (kafka_principal) WHERE revoked_at IS NULL;

CREATE TABLE ingest.client_sources (
    source text COLLATE "C" NOT NULL,
    client_id text COLLATE "C" NOT NULL REFERENCES ingest.clients (client_id),
    released_at timestamptz,
    PRIMARY KEY (client_id, source)
);
COMMENT ON TABLE ingest.client_sources IS 'CloudEvents sources a client may use. One holder at a time; revoking the holder releases them.';
CREATE UNIQUE INDEX client_sources_one_holder ON ingest.client_sources (source) WHERE released_at IS NULL;

CREATE TABLE ingest.client_secrets (
    client_id text COLLATE "C" NOT NULL REFERENCES ingest.clients (client_id),
    salt bytea NOT NULL CHECK (octet_length(salt) = 16),
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ends_at timestamptz,
    PRIMARY KEY (client_id, salt)
);
COMMENT ON TABLE ingest.client_secrets IS 'sha256(salt || secret) of 256-bit random secrets; two may overlap during a rotation.';

CREATE TABLE ingest.client_keys (
    client_id text COLLATE "C" NOT NULL REFERENCES ingest.clients (client_id),
    kid text COLLATE "C" NOT NULL,
    jwk text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ends_at timestamptz,
    PRIMARY KEY (client_id, kid)
);
COMMENT ON TABLE ingest.client_keys IS 'Public keys for private_key_jwt.';

CREATE TABLE ingest.used_assertions (
    client_id text COLLATE "C" NOT NULL,
    jti text COLLATE "C" NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, jti)
);
COMMENT ON TABLE ingest.used_assertions IS 'Assertions seen, until they expire: each may be used once.';
CREATE INDEX used_assertions_expired ON ingest.used_assertions (expires_at);

CREATE TABLE ingest.signing_keys (
    kid text COLLATE "C" PRIMARY KEY,
    public_jwk text NOT NULL,
    private_key bytea NOT NULL CHECK (octet_length(private_key) = 32),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    signs_from timestamptz NOT NULL,
    trusted_until timestamptz
);
COMMENT ON TABLE ingest.signing_keys IS 'Ed25519 keys of access tokens. Private halves: readable by lienthong_ingest alone.';

CREATE TABLE ingest.audit_heads (
    province text PRIMARY KEY REFERENCES eventlog.partitions (key),
    seq bigint NOT NULL DEFAULT 0,
    link bytea NOT NULL
) WITH (fillfactor = 10);  -- updated by every entry: room for many versions on the page (HOT)
INSERT INTO ingest.audit_heads (province, link)
SELECT p.key, sha256(i.chain_seed || convert_to('audit ' || p.key, 'UTF8'))
FROM eventlog.partitions AS p CROSS JOIN eventlog.installation AS i;

CREATE TABLE ingest.audit (
    province text NOT NULL,
    seq bigint NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    act text NOT NULL,
    subject text NOT NULL,
    details text NOT NULL CHECK (length(details) <= 8192),
    address text,
    link bytea NOT NULL,
    PRIMARY KEY (province, seq)
);
COMMENT ON TABLE ingest.audit IS 'Every act of a person or client: append-only, one hash chain for each province.';
CREATE INDEX audit_of_subject ON ingest.audit (province, subject, seq);

-- Numbers and links every entry under the lock of its province's head, whoever inserts it and whatever they
-- give. link = sha256(link before || UTF-8 of the JSON array [province, seq, at, actor, act, subject, details,
-- address]), which any program can recompute.
CREATE FUNCTION ingest.audit_chain() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog
AS $$
DECLARE
    head ingest.audit_heads%ROWTYPE;
BEGIN
    SELECT * INTO STRICT head FROM ingest.audit_heads WHERE province = NEW.province FOR UPDATE;
    NEW.seq := head.seq + 1;
    NEW.at := eventlog.hub_now();
    NEW.link := sha256(head.link || convert_to(json_build_array(
        NEW.province, NEW.seq, to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        NEW.actor, NEW.act, NEW.subject, NEW.details, NEW.address)::text, 'UTF8'));
    UPDATE ingest.audit_heads SET seq = NEW.seq, link = NEW.link WHERE province = NEW.province;
    RETURN NEW;
END
$$;
CREATE TRIGGER audit_chain BEFORE INSERT ON ingest.audit
FOR EACH ROW EXECUTE FUNCTION ingest.audit_chain();

CREATE FUNCTION ingest.audit_refuse() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_never_changes BEFORE UPDATE OR DELETE ON ingest.audit
FOR EACH ROW EXECUTE FUNCTION ingest.audit_refuse();
CREATE TRIGGER audit_never_emptied BEFORE TRUNCATE ON ingest.audit
FOR EACH STATEMENT EXECUTE FUNCTION ingest.audit_refuse();

-- The service role starts with every right on new tables of its schema; these are taken back.
REVOKE ALL ON ingest.audit, ingest.audit_heads FROM lienthong_ingest;
GRANT SELECT, INSERT ON ingest.audit TO lienthong_ingest;
GRANT SELECT ON ingest.audit_heads TO lienthong_ingest;
REVOKE DELETE, TRUNCATE ON ingest.clients, ingest.client_sources, ingest.signing_keys FROM lienthong_ingest;

-- What every service needs to judge a token, and nothing else of ingest: public keys, and who changed lately.
CREATE SCHEMA identity;
CREATE VIEW identity.signing_keys AS
SELECT kid, public_jwk FROM ingest.signing_keys
WHERE trusted_until IS NULL OR trusted_until > clock_timestamp();
COMMENT ON VIEW identity.signing_keys IS 'Public keys whose tokens are to be trusted now.';

CREATE VIEW identity.changed_clients AS
SELECT client_id, generation FROM ingest.clients
WHERE generation > 1 AND changed_at > clock_timestamp() - interval '15 minutes';
COMMENT ON VIEW identity.changed_clients IS 'Lowest generation still good, for clients changed within the life of a token (10 minutes).';

-- Other services own no audit log; an operator's act on them is recorded through this.
CREATE FUNCTION identity.record_act(
    province text, actor text, act text, subject text, details text, address text) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog
AS 'INSERT INTO ingest.audit (province, actor, act, subject, details, address)
    VALUES ($1, $2, $3, $4, $5, $6)';
REVOKE EXECUTE ON FUNCTION identity.record_act FROM PUBLIC;

GRANT USAGE ON SCHEMA identity TO lienthong_ingest, lienthong_aggregate, lienthong_export;
GRANT SELECT ON identity.signing_keys, identity.changed_clients
TO lienthong_ingest, lienthong_aggregate, lienthong_export;
GRANT EXECUTE ON FUNCTION identity.record_act TO lienthong_ingest, lienthong_aggregate, lienthong_export;
