-- name: one_snapshot
-- Everything that follows in this transaction sees the database as at one moment.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;

-- name: plain_texts
-- Values are written as text that any server reads alike, whatever its own settings.
SELECT set_config('DateStyle', 'ISO', true), set_config('IntervalStyle', 'postgres', true),
    set_config('TimeZone', 'UTC', true), set_config('extra_float_digits', '1', true),
    set_config('bytea_output', 'hex', true), set_config('statement_timeout', '0', true);

-- name: tables
-- Every table of the hub with the columns that hold data, how its rows are put in order (`C` collation: the
-- same on every server) and its size. Of schema public only the register of migrations is ours.
SELECT n.nspname, c.relname, columns.names, coalesce(key.names, '{}'), coalesce(key.texts, '{}'), pg_table_size(c.oid)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT array_agg(a.attname::text ORDER BY a.attnum) AS names
    FROM pg_attribute AS a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
) AS columns
LEFT JOIN LATERAL (
    SELECT array_agg(a.attname::text ORDER BY part.place) AS names,
        array_agg(a.attcollation <> 0 ORDER BY part.place) AS texts
    FROM pg_index AS i
    CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS part (number, place)
    JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = part.number
    WHERE i.indrelid = c.oid AND i.indisprimary
) AS key ON true
WHERE c.relkind = 'r' AND c.relpersistence <> 't'
    AND n.nspname NOT LIKE 'pg\_%%' AND n.nspname <> 'information_schema'
    AND (n.nspname <> 'public' OR c.relname = 'lienthong_migrations')
    AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C";

-- name: sequences
-- Every sequence of the hub and how far it has come (null: never used).
SELECT schemaname::text, sequencename::text, last_value
FROM pg_sequences
WHERE schemaname NOT LIKE 'pg\_%%' AND schemaname NOT IN ('information_schema', 'public')
ORDER BY schemaname COLLATE "C", sequencename COLLATE "C";

-- name: set_sequence
-- Lets a sequence go on after a value.
SELECT setval(format('%%I.%%I', %(schema)s::text, %(name)s::text)::regclass, %(value)s::bigint);

-- name: migrations
-- The register of applied migrations, in no order that matters.
SELECT name, digest FROM public.lienthong_migrations ORDER BY name COLLATE "C";

-- name: standing
-- What the installation is, at this moment.
SELECT epoch, sample, chain_seed, clock_timestamp() FROM eventlog.installation;

-- name: heads
-- Where every partition stands, and the chain's value there.
SELECT p.key, p.partition, h.position, h.chain
FROM eventlog.heads AS h JOIN eventlog.partitions AS p USING (partition)
ORDER BY p.partition;

-- name: sessions
-- Other sessions of the hub in this database.
SELECT DISTINCT application_name FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'lienthong%'
    AND application_name NOT IN ('lienthong probe', 'lienthong migrate', 'lienthong backup')  -- commands, just ending
ORDER BY 1;

-- name: close_log
-- From now on nothing can be appended: this hub goes on elsewhere.
CREATE OR REPLACE FUNCTION eventlog.refuse_append() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'this hub was closed by a final backup: it goes on at its new place'
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE OR REPLACE TRIGGER closed BEFORE UPDATE ON eventlog.heads
FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_append();

-- name: reopen_log
-- Appending is possible again: the move did not take place.
DROP TRIGGER IF EXISTS closed ON eventlog.heads;

-- name: is_empty
-- Whether nothing of a hub stands in this database.
SELECT to_regclass('public.lienthong_migrations') IS NULL
    AND NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'eventlog');

-- name: lz4
-- Large texts are stored with lz4 where the server has it.
SELECT set_config('default_toast_compression', 'lz4', true) FROM pg_settings
WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals);

-- name: foreign_keys
-- Foreign keys of the hub with their definitions: put aside while tables are filled, in whatever order.
SELECT n.nspname::text, c.relname::text, k.conname::text, pg_get_constraintdef(k.oid)
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0
    AND n.nspname NOT LIKE 'pg\_%%' AND n.nspname NOT IN ('information_schema', 'public')
ORDER BY 1, 2, 3;

-- name: beyond_head
-- Consumers that stand where the log has not come to, put back to its head.
WITH moved AS (
    UPDATE eventlog.positions AS p SET position = h.position
    FROM eventlog.heads AS h
    WHERE h.partition = p.partition AND p.position > h.position
    RETURNING p.consumer, p.partition, h.position
)
SELECT m.consumer, k.key, m.position FROM moved AS m JOIN eventlog.partitions AS k USING (partition)
ORDER BY 1, k.partition;

-- name: new_epoch
-- Begins a new epoch. Two restorations of one backup must not share a number, or a cursor of the first would
-- pass for one of the second: so it is the seconds since 2025, which are above any number before.
UPDATE eventlog.installation
SET epoch = greatest(epoch + 1, extract(epoch FROM clock_timestamp() - timestamptz '2025-01-01 00:00:00+00')::integer)
RETURNING epoch;
