-- name: draft
-- What a person typed for a report, and when it was kept.
SELECT typed, saved_at FROM console.drafts
WHERE person = %(person)s AND round = %(round)s AND form = %(form)s AND unit = %(unit)s;

-- name: keep
-- Keep what was typed in place of what was kept before; nothing where another one stands by now than was seen.
INSERT INTO console.drafts AS d (person, round, form, unit, typed)
VALUES (%(person)s, %(round)s, %(form)s, %(unit)s, %(typed)s)
ON CONFLICT (person, round, form, unit) DO UPDATE SET typed = excluded.typed, saved_at = clock_timestamp()
WHERE %(any)s OR d.saved_at = %(seen)s::timestamptz OR d.typed = excluded.typed
RETURNING saved_at;

-- name: drop
-- The report was sent, or the person begins anew.
DELETE FROM console.drafts
WHERE person = %(person)s AND round = %(round)s AND form = %(form)s AND unit = %(unit)s;

-- name: drop_old
-- Of everybody what is too old, and of this person what is more than it may keep, the oldest first.
DELETE FROM console.drafts
WHERE (person, round, form, unit) IN (
    SELECT person, round, form, unit FROM console.drafts
    WHERE saved_at < clock_timestamp() - make_interval(days => %(days)s)
    LIMIT 1000
) OR (person, round, form, unit) IN (
    SELECT person, round, form, unit FROM console.drafts
    WHERE person = %(person)s ORDER BY saved_at DESC OFFSET %(most)s
);
