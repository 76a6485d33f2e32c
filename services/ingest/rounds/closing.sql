-- name: rounds_of_province
-- Rounds of a province with their period and whether they are locked.
SELECT round, body, locked_at IS NOT NULL FROM ingest.rounds WHERE province = %(province)s ORDER BY round;
