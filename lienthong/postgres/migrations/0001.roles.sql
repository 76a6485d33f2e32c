-- One role and one schema for each service. Roles belong to the whole server, so they may exist already
-- (another database of the same server, or made by an administrator): made only where missing.
DO $$
DECLARE
    service text;
    role_name text;
BEGIN
    FOREACH service IN ARRAY ARRAY['ingest', 'aggregate', 'export'] LOOP
        role_name := 'lienthong_' || service;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- a migration of another database on this server was faster
            END;
        END IF;
        -- Processes log in as the owner and act as their role from the first statement on. Where an
        -- administrator made the roles, he granted them too and the owner can't: only the outcome counts.
        BEGIN
            EXECUTE format('GRANT %I TO CURRENT_USER', role_name);
        EXCEPTION WHEN insufficient_privilege THEN
            NULL;
        END;
        EXECUTE format('SET LOCAL ROLE %I', role_name);
        RESET ROLE;
        EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', service);
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', service, role_name);
        -- What later migrations of that service make belongs to it without further grants.
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO %I',
                       service, role_name);
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT USAGE, SELECT ON SEQUENCES TO %I', service, role_name);
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT EXECUTE ON FUNCTIONS TO %I', service, role_name);
    END LOOP;
END
$$;

-- Large texts (reports, datasets) are compressed with lz4 where the server was built with it. The embedded one
-- was not, so no column may name a method.
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I SET default_toast_compression = %L', current_database(), 'lz4');
EXCEPTION WHEN invalid_parameter_value OR feature_not_supported THEN
    NULL;
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
