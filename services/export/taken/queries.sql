-- name: claim_taking
-- The destination that has waited longest to be asked, not to be asked by another before the next turn.
INSERT INTO export.taking AS t (destination, due_at)
SELECT d.id, clock_timestamp() + make_interval(secs => %(every)s)
FROM export.destinations AS d LEFT JOIN export.taking AS w ON w.destination = d.id
WHERE d.takes AND d.active AND d.removed_at IS NULL AND coalesce(w.due_at <= clock_timestamp(), true)
ORDER BY w.due_at NULLS FIRST LIMIT 1
ON CONFLICT (destination) DO UPDATE SET due_at = excluded.due_at WHERE t.due_at <= clock_timestamp()
RETURNING destination, after;

-- name: keep_taken
-- An item as it is shown now; what came with a later number stays.
INSERT INTO export.taken AS t (destination, sender, id, version, number, urn, data, published_at)
VALUES (%(destination)s, %(sender)s, %(id)s, %(version)s, %(number)s, %(urn)s, %(data)s::jsonb, %(published_at)s)
ON CONFLICT (destination, sender, id) DO UPDATE
SET version = excluded.version, number = excluded.number, data = excluded.data, published_at = excluded.published_at,
    address = NULL, taken_at = eventlog.hub_now()
WHERE t.number < excluded.number;

-- name: taken_to
-- How far a destination was read, and that it answered.
UPDATE export.taking
SET after = %(after)s, asked_at = clock_timestamp(), outcome = 'ok', detail = NULL, left_out = left_out + %(left_out)s
WHERE destination = %(destination)s;

-- name: taking_failed
-- Why a destination could not be asked.
UPDATE export.taking SET asked_at = clock_timestamp(), outcome = %(outcome)s, detail = %(detail)s
WHERE destination = %(destination)s;

-- name: leave_content
-- Of items beyond the newest of a destination the content goes, a page of them; where each is stays.
UPDATE export.taken SET address = data ->> 'url', data = NULL
WHERE (destination, sender, id) IN (
    SELECT destination, sender, id FROM export.taken
    WHERE destination = %(destination)s AND data IS NOT NULL AND number <= (
        SELECT number FROM export.taken WHERE destination = %(destination)s
        ORDER BY number DESC OFFSET %(kept)s LIMIT 1)
    LIMIT %(page)s);

-- name: forget_taken
-- Of items beyond the newest of a destination nothing stays, a page of them.
DELETE FROM export.taken
WHERE (destination, sender, id) IN (
    SELECT destination, sender, id FROM export.taken
    WHERE destination = %(destination)s AND number <= (
        SELECT number FROM export.taken WHERE destination = %(destination)s
        ORDER BY number DESC OFFSET %(kept)s LIMIT 1)
    LIMIT %(page)s);

-- name: begin_anew
-- The destination began anew: its numbers say nothing of what was taken before.
DELETE FROM export.taken WHERE destination = %(destination)s;

-- name: shown
-- The newest items for a province, each once however many destinations show it; all programmes where none is named.
SELECT urn, sender, id, version, data, published_at, taken_at FROM (
    SELECT DISTINCT ON (n.sender, n.id) n.urn, n.sender, n.id, n.version, n.data, n.published_at, n.taken_at
    FROM export.taken AS n JOIN export.destinations AS d ON d.id = n.destination
    WHERE d.province = %(province)s AND d.takes AND d.removed_at IS NULL AND n.data IS NOT NULL
        AND (%(programme)s::text IS NULL OR n.data -> 'programmes' ? %(programme)s)
    ORDER BY n.sender, n.id, n.version DESC
) AS newest
ORDER BY published_at DESC, sender, id LIMIT %(limit)s;

-- name: province_takes
-- Whether a province takes anything.
SELECT 1 FROM export.destinations WHERE province = %(province)s AND takes AND removed_at IS NULL LIMIT 1;
