-- name: ledger_of_partition
-- The ledger of a partition in the order of the log.
SELECT l.source, l.id, l.type, l.province, l.unit, l.round, l.form, l.revision, l.content_hash, l.salt, l.link,
       l.partition, l.position, l.received_at, l.deadline, l.late, l.client, l.warnings, l.explanations
FROM ingest.ledger AS l JOIN eventlog.partitions AS p USING (partition)
WHERE p.key = %(key)s
ORDER BY l.position;

-- name: latest_of_partition
-- The latest revision of every report of a partition's rounds.
SELECT s.round, s.form, s.unit, s.revision, s.withdrawn, s.late, s.received_at, s.first_received_at, s.nil
FROM ingest.slots AS s JOIN ingest.rounds AS r USING (round)
WHERE r.province = %(key)s;
