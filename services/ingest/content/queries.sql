-- name: put_item
-- A content item as submitted or withdrawn.
INSERT INTO ingest.contents (unit, item, revision, state, body, changed_at, submitted_by)
VALUES (%(unit)s, %(item)s, 1, %(state)s, %(body)s, %(at)s, %(by)s)
ON CONFLICT (unit, item) DO UPDATE
SET revision = ingest.contents.revision + 1, state = excluded.state, changed_at = excluded.changed_at,
    body = CASE WHEN excluded.state = 'withdrawn' THEN ingest.contents.body ELSE excluded.body END,
    submitted_by = excluded.submitted_by
RETURNING revision;

-- name: items_named
-- Which of these content items there are, whatever became of them.
SELECT c.unit, c.item FROM ingest.contents AS c
JOIN unnest(%(units)s::text[], %(items)s::text[]) AS asked (unit, item) USING (unit, item);

-- name: item
-- One content item, locked for a change of its state.
SELECT unit, item, revision, state, body, changed_at, submitted_by FROM ingest.contents
WHERE unit = %(unit)s AND item = %(item)s FOR UPDATE;

-- name: item_now
-- One content item.
SELECT unit, item, revision, state, body, changed_at, submitted_by FROM ingest.contents
WHERE unit = %(unit)s AND item = %(item)s;

-- name: set_item_state
-- An approver's decision on a content item.
UPDATE ingest.contents SET state = %(state)s, changed_at = %(at)s WHERE unit = %(unit)s AND item = %(item)s;

-- name: set_item_body
-- A content item without some of its text.
UPDATE ingest.contents SET body = %(body)s WHERE unit = %(unit)s AND item = %(item)s;

-- name: items_of
-- Content items of some units, in one state or (NULL) any, the longest waiting first, after a place (NULL: from the
-- first on).
SELECT unit, item, revision, state, body, changed_at, submitted_by FROM ingest.contents
WHERE unit = ANY(%(units)s::text[]) AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(changed)s::timestamptz IS NULL
       OR (changed_at, unit, item) > (%(changed)s::timestamptz, %(after_unit)s::text, %(after_item)s::text))
ORDER BY changed_at, unit, item LIMIT %(limit)s;
