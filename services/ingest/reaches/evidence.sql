-- name: reaches
-- Every count of reach.
SELECT unit || '/' || item || '/' || channel || '/' || day, reach, interactions, changed_at FROM ingest.reaches
ORDER BY unit, item, channel, day;
