-- name: directives
-- Every directive.
SELECT unit || '/' || directive, revision, issued, withdrawn, body, changed_at FROM ingest.directives
ORDER BY unit, directive;
