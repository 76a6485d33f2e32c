-- name: put_directive
-- A directive as it was registered last.
INSERT INTO ingest.directives (unit, directive, revision, issued, withdrawn, body, changed_at)
VALUES (%(unit)s, %(directive)s, 1, %(issued)s, %(withdrawn)s, %(body)s, %(at)s)
ON CONFLICT (unit, directive) DO UPDATE
SET revision = ingest.directives.revision + 1, issued = excluded.issued, withdrawn = excluded.withdrawn,
    body = excluded.body, changed_at = excluded.changed_at
RETURNING revision;

-- name: directives_of
-- Directives of some units, of a programme or (NULL) of any, by their day of issue, after a place (NULL: from the first
-- on). What was taken off the register is left out.
SELECT unit, directive, revision, issued, body, changed_at FROM ingest.directives
WHERE unit = ANY(%(units)s::text[]) AND NOT withdrawn
  AND (%(programme)s::text IS NULL OR body::jsonb -> 'programmes' ? %(programme)s)
  AND (%(issued_from)s::date IS NULL OR issued >= %(issued_from)s)
  AND (%(issued_to)s::date IS NULL OR issued <= %(issued_to)s)
  AND (%(issued)s::date IS NULL
       OR (issued, unit, directive) > (%(issued)s::date, %(after_unit)s::text, %(after_directive)s::text))
ORDER BY issued, unit, directive LIMIT %(limit)s;

-- name: directives_named
-- Which of these directives there are, registered or taken off.
SELECT c.unit, c.directive FROM ingest.directives AS c
JOIN unnest(%(units)s::text[], %(directives)s::text[]) AS asked (unit, directive) USING (unit, directive);

-- name: directive_locked
-- One directive's text, locked for a redaction.
SELECT body FROM ingest.directives WHERE unit = %(unit)s AND directive = %(directive)s FOR UPDATE;

-- name: set_directive_body
-- A directive without some of its text.
UPDATE ingest.directives SET body = %(body)s WHERE unit = %(unit)s AND directive = %(directive)s;
