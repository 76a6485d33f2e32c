-- name: create_register
-- Where the names of applied migrations are kept; nothing happens if it exists.
CREATE TABLE IF NOT EXISTS public.lienthong_migrations (
    name text PRIMARY KEY,
    digest text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- name: applied
-- Every applied migration with the digest of the text that was applied.
SELECT name, digest FROM public.lienthong_migrations;

-- name: register
-- Notes a migration as applied, in the transaction that applied it.
INSERT INTO public.lienthong_migrations (name, digest) VALUES (%(name)s, %(digest)s);

-- name: roles_without_login
-- Roles of services that can't log in themselves.
SELECT rolname FROM pg_roles WHERE rolname LIKE 'lienthong\_%' AND NOT rolcanlogin;

-- name: half_made_indexes
-- Indexes that a CREATE INDEX CONCURRENTLY left half made; of temporary and system tables none.
SELECT n.nspname, c.relname
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND c.relkind = 'i' AND n.nspname NOT LIKE 'pg\_%' AND pg_has_role(c.relowner, 'USAGE');
