-- name: ledger_of_type
-- Accepted claims of one type in a province (or of some of its units) after a position.
SELECT unit, position, received_at FROM ingest.ledger
WHERE province = %(province)s AND type = %(type)s AND position > %(after)s
  AND (%(units)s::text[] IS NULL OR unit = ANY(%(units)s::text[]))
ORDER BY position LIMIT %(limit)s;
