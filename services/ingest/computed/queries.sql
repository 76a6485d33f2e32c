-- name: approved_items
-- Approved content items that serve a programme.
SELECT unit, item, body FROM ingest.contents
WHERE state = 'approved' AND body::jsonb -> 'programmes' ? %(programme)s;

-- name: directives_issued
-- Directives on the register that serve a programme.
SELECT unit, body FROM ingest.directives WHERE NOT withdrawn AND body::jsonb -> 'programmes' ? %(programme)s;
