-- name: decide
-- A decision on a unit.
INSERT INTO ingest.single_people (unit, allowed, reason, document, decided_by, decided_at, partition, position)
VALUES (%(unit)s, %(allowed)s, %(reason)s, %(document)s, %(by)s, %(at)s, %(partition)s, %(position)s);

-- name: decided
-- The latest decision on a unit.
SELECT allowed FROM ingest.single_people WHERE unit = %(unit)s ORDER BY decided_at DESC, position DESC LIMIT 1;
