-- name: put_material
-- A material as it was shared last.
INSERT INTO ingest.materials (unit, material, province, revision, visible_to, withdrawn, body, words, changed_at)
VALUES (%(unit)s, %(material)s, %(province)s, 1, %(visible_to)s, %(withdrawn)s, %(body)s, %(words)s, %(at)s)
ON CONFLICT (unit, material) DO UPDATE
SET revision = ingest.materials.revision + 1, province = excluded.province, visible_to = excluded.visible_to,
    withdrawn = excluded.withdrawn, body = excluded.body, words = excluded.words, changed_at = excluded.changed_at
RETURNING revision;

-- name: materials_seen
-- Materials of a province that these units own, or may see; whose words hold all of the words asked for (NULL: any),
-- after a place (NULL: from the first on).
SELECT unit, material, revision, body, changed_at FROM ingest.materials
WHERE province = %(province)s AND NOT withdrawn
  AND (visible_to IS NULL OR unit = ANY(%(units)s::text[]) OR visible_to && %(units)s::text[])
  AND (%(words)s::text IS NULL OR to_tsvector('simple', words) @@ plainto_tsquery('simple', %(words)s))
  AND (%(unit)s::text IS NULL OR unit = %(unit)s)
  AND (%(programme)s::text IS NULL OR body::jsonb -> 'programmes' ? %(programme)s)
  AND (%(kind)s::text IS NULL OR body::jsonb ->> 'kind' = %(kind)s)
  AND (%(after_unit)s::text IS NULL OR (unit, material) > (%(after_unit)s::text, %(after_material)s::text))
ORDER BY unit, material LIMIT %(limit)s;

-- name: materials_counted
-- How many materials of a programme or (NULL) of any these units own or may see, by kind and subject.
SELECT body::jsonb ->> 'kind', body::jsonb ->> 'subject', count(*) FROM ingest.materials
WHERE province = %(province)s AND NOT withdrawn
  AND (visible_to IS NULL OR unit = ANY(%(units)s::text[]) OR visible_to && %(units)s::text[])
  AND (%(programme)s::text IS NULL OR body::jsonb -> 'programmes' ? %(programme)s)
GROUP BY 1, 2 ORDER BY 1, 2;

-- name: materials_named
-- Which of these materials there are, shared or not any more.
SELECT c.unit, c.material FROM ingest.materials AS c
JOIN unnest(%(units)s::text[], %(materials)s::text[]) AS asked (unit, material) USING (unit, material);

-- name: material_locked
-- One material's text, locked for a redaction.
SELECT body FROM ingest.materials WHERE unit = %(unit)s AND material = %(material)s FOR UPDATE;

-- name: set_material_body
-- A material without some of its text.
UPDATE ingest.materials SET body = %(body)s, words = %(words)s
WHERE unit = %(unit)s AND material = %(material)s;
