-- The identity service has a role of its own. The role belongs to the whole server: made only where missing
-- (another database of the same server, or an administrator, made it: deploy/postgres/roles.sh).
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lienthong_identity') THEN
        BEGIN
            CREATE ROLE lienthong_identity NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- a migration of another database on this server was faster
        END;
    END IF;
    BEGIN
        GRANT lienthong_identity TO CURRENT_USER;
    EXCEPTION WHEN insufficient_privilege THEN
        NULL;  -- an administrator granted it: only the outcome counts
    END;
    SET LOCAL ROLE lienthong_identity;
    RESET ROLE;
END
$$;
GRANT USAGE ON SCHEMA identity TO lienthong_identity;
ALTER DEFAULT PRIVILEGES IN SCHEMA identity GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO lienthong_identity;

GRANT SELECT ON identity.signing_keys, identity.changed_clients TO lienthong_identity;

-- What identity keeps in schema ingest since its beginning. ingest itself needs none of it from now on; its own
-- rights to these tables go a version later, when no process of the version before runs any more.
GRANT USAGE ON SCHEMA ingest TO lienthong_identity;
GRANT SELECT, INSERT, UPDATE ON ingest.clients, ingest.client_sources, ingest.client_secrets, ingest.client_keys,
    ingest.signing_keys TO lienthong_identity;
GRANT SELECT, INSERT, UPDATE, DELETE ON ingest.used_assertions TO lienthong_identity;
GRANT SELECT, INSERT ON ingest.audit TO lienthong_identity;
GRANT SELECT ON ingest.audit_heads TO lienthong_identity;
GRANT USAGE ON SCHEMA eventlog TO lienthong_identity;
GRANT SELECT ON eventlog.installation, eventlog.partitions TO lienthong_identity;

-- What another service may know of a client: who it is and what it may do, not how it proves itself.
CREATE VIEW identity.registered_clients AS
SELECT c.client_id, c.name, c.province, c.role, c.units, c.scopes,
       ARRAY(SELECT s.source FROM ingest.client_sources AS s
             WHERE s.client_id = c.client_id AND (s.released_at IS NULL OR c.revoked_at IS NOT NULL)
             ORDER BY s.source) AS sources,
       c.kafka_principal, c.revoked_at IS NULL AS active
FROM ingest.clients AS c;
COMMENT ON VIEW identity.registered_clients IS 'Clients without their credentials, for services that know a client by its Kafka topic.';
GRANT SELECT ON identity.registered_clients TO lienthong_ingest;
