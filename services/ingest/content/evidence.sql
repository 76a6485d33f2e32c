-- name: contents
-- Every content item.
SELECT unit || '/' || item, revision, state, body, changed_at FROM ingest.contents ORDER BY unit, item;
