-- name: portals
-- The portals of a province (null: of all), or of some units of it.
SELECT portal, province, client, unit, url, reach, kind, language, licence, programmes, categories, every_seconds, active,
    read_at, outcome, detail, etag, modified
FROM ingest.portals
WHERE removed_at IS NULL AND (%(province)s::text IS NULL OR province = %(province)s)
    AND (%(units)s::text[] IS NULL OR unit = ANY (%(units)s))
ORDER BY province, portal;

-- name: portals_of_partition
-- Which portals of a province are read, and in whose name, those that were removed too.
SELECT portal AS id, CASE WHEN removed_at IS NOT NULL THEN 'removed' WHEN active THEN 'living' ELSE 'paused' END AS state,
    url, reach, client, unit
FROM ingest.portals WHERE province = %(key)s;

-- name: portal_items
-- What was read of a portal, refused first, then the newest.
SELECT item, link, title, digest, revision, state, problems, listed, seen_at FROM ingest.portal_items
WHERE portal = %(portal)s ORDER BY state <> 'refused', seen_at DESC, item LIMIT %(limit)s;

-- name: known_items
-- What is known of some items of a portal.
SELECT item, link, title, digest, revision, state, problems, listed, seen_at FROM ingest.portal_items
WHERE portal = %(portal)s AND item = ANY (%(items)s);

-- name: put_portal
-- A new portal; an id that exists, or did, is refused by the caller.
INSERT INTO ingest.portals (
    portal, province, client, unit, url, reach, kind, language, licence, programmes, categories, every_seconds
) VALUES (
    %(portal)s, %(province)s, %(client)s, %(unit)s, %(url)s, %(reach)s, %(kind)s, %(language)s, %(licence)s,
    %(programmes)s, %(categories)s::jsonb, %(every_seconds)s
) ON CONFLICT (portal) DO NOTHING RETURNING portal;

-- name: hold_portal
-- Lock one portal until the transaction ends.
SELECT FROM ingest.portals WHERE portal = %(portal)s FOR NO KEY UPDATE;

-- name: set_portal_active
-- Read it, or do not; what it said last is asked for anew.
UPDATE ingest.portals SET active = %(active)s, due_at = clock_timestamp(), etag = NULL, modified = NULL
WHERE portal = %(portal)s AND removed_at IS NULL;

-- name: try_refused_again
-- What was refused is submitted once more, as if it had changed.
UPDATE ingest.portal_items SET digest = '' WHERE portal = %(portal)s AND state = 'refused';

-- name: remove_portal
-- It is read no more; what was read of it stays.
UPDATE ingest.portals SET active = false, removed_at = clock_timestamp() WHERE portal = %(portal)s;

-- name: claim_portal
-- The portal that has waited longest, not to be read by another before its next turn.
UPDATE ingest.portals SET due_at = clock_timestamp() + make_interval(secs => every_seconds)
WHERE portal = (
    SELECT portal FROM ingest.portals WHERE active AND due_at <= clock_timestamp()
    ORDER BY due_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
RETURNING portal, province, client, unit, url, reach, kind, language, licence, programmes, categories, every_seconds,
    active, read_at, outcome, detail, etag, modified;

-- name: portal_read
-- How a turn went. The answer's marks are kept where it was read whole.
UPDATE ingest.portals
SET read_at = clock_timestamp(), outcome = %(outcome)s, detail = %(detail)s,
    etag = coalesce(%(etag)s, etag), modified = coalesce(%(modified)s, modified)
WHERE portal = %(portal)s;

-- name: put_portal_item
-- What was submitted of an item, and what became of it.
INSERT INTO ingest.portal_items AS i (portal, item, link, title, digest, revision, state, problems)
VALUES (%(portal)s, %(item)s, %(link)s, %(title)s, %(digest)s, %(revision)s, %(state)s, %(problems)s)
ON CONFLICT (portal, item) DO UPDATE
SET link = excluded.link, title = excluded.title, digest = excluded.digest, revision = excluded.revision,
    state = excluded.state, problems = excluded.problems, seen_at = clock_timestamp();

-- name: mark_listed
-- Which of a portal's items its feed has now.
UPDATE ingest.portal_items SET listed = item = ANY (%(items)s)
WHERE portal = %(portal)s AND listed IS DISTINCT FROM (item = ANY (%(items)s));

-- name: items_to_check
-- Submitted items that have left the feed, those first whose page was asked longest ago, not oftener than once a day.
UPDATE ingest.portal_items SET checked_at = clock_timestamp()
WHERE portal = %(portal)s AND item IN (
    SELECT item FROM ingest.portal_items
    WHERE portal = %(portal)s AND state = 'submitted' AND NOT listed
        AND coalesce(checked_at < clock_timestamp() - interval '1 day', true)
    ORDER BY checked_at NULLS FIRST, item LIMIT %(limit)s)
RETURNING item, link, title, digest, revision, state, problems, listed, seen_at;

-- name: shown_elsewhere
-- Which of these names are of items that the platform shows and the hub serves to portals: they are not sent back.
SELECT name FROM export.shown_elsewhere WHERE name = ANY (%(names)s);
