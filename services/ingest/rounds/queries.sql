-- name: slots_of_units
-- The state of the reports of some units in all rounds.
SELECT round, form, unit, revision, withdrawn, late, received_at FROM ingest.slots
WHERE unit = ANY(%(units)s::text[]) AND round = ANY(%(rounds)s::text[]);
