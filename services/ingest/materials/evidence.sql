-- name: materials
-- Every shared material.
SELECT unit || '/' || material, revision, visible_to, withdrawn, body, words, changed_at FROM ingest.materials
ORDER BY unit, material;
