-- What the console keeps of its own: reports that somebody has begun to fill in. Nothing else here is a record.
-- The role belongs to the whole server: made only where missing (another database of the same server, or an
-- administrator, made it: deploy/postgres/roles.sh).
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lienthong_console') THEN
        BEGIN
            CREATE ROLE lienthong_console NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- a migration of another database on this server was faster
        END;
    END IF;
    BEGIN
        GRANT lienthong_console TO CURRENT_USER;
    EXCEPTION WHEN insufficient_privilege THEN
        NULL;  -- an administrator granted it: only the outcome counts
    END;
    SET LOCAL ROLE lienthong_console;
    RESET ROLE;
END
$$;
CREATE SCHEMA console;
GRANT USAGE ON SCHEMA console TO lienthong_console;

CREATE TABLE console.drafts (
    person text COLLATE "C" NOT NULL,
    round text COLLATE "C" NOT NULL,
    form text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    -- As typed, by field: 65,000 characters at the most (three parts of a narrative, a hundred figures).
    typed text NOT NULL CHECK (octet_length(typed) <= 400000),
    saved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (person, round, form, unit)
);
COMMENT ON TABLE console.drafts IS 'Reports being filled in, a row for each person: real time, removed when sent and after 90 days.';
CREATE INDEX drafts_by_age ON console.drafts (saved_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON console.drafts TO lienthong_console;

-- Whether the installation holds sample data: every page says so.
GRANT USAGE ON SCHEMA eventlog TO lienthong_console;
GRANT SELECT ON eventlog.installation TO lienthong_console;
