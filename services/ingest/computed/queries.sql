-- name: approved_items
-- Approved content items that serve a programme.
SELECT unit, item, body FROM ingest.contents
WHERE state = 'approved' AND body::jsonb -> 'programmes' ? %(programme)s;

-- name: directives_issued
-- Directives on the register that serve a programme.
SELECT unit, body FROM ingest.directives WHERE NOT withdrawn AND body::jsonb -> 'programmes' ? %(programme)s;

-- name: returned_units
-- The units whose latest revision of a form was given back: it counts no more.
SELECT s.unit FROM ingest.slots AS s
WHERE s.round = %(round)s AND s.form = %(form)s AND (
    SELECT r.state FROM ingest.reviews AS r
    WHERE r.round = s.round AND r.form = s.form AND r.unit = s.unit AND r.revision = s.revision
    ORDER BY r.position DESC LIMIT 1) = 'returned';
