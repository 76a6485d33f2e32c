-- name: decide
-- A decision on a unit.
INSERT INTO ingest.single_people (unit, allowed, reason, document, decided_by, decided_at, partition, position)
VALUES (%(unit)s, %(allowed)s, %(reason)s, %(document)s, %(by)s, %(at)s, %(partition)s, %(position)s);

-- name: decision
-- The latest decision on a unit, as it was told.
SELECT unit, allowed, reason, document::text, decided_by, decided_at, position FROM ingest.single_people
WHERE unit = %(unit)s ORDER BY decided_at DESC, position DESC LIMIT 1;

-- name: decided
-- The latest decision on a unit.
SELECT allowed FROM ingest.single_people WHERE unit = %(unit)s ORDER BY decided_at DESC, position DESC LIMIT 1;
