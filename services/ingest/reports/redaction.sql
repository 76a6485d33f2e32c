-- name: event_at
-- One event of the log that carries submitted text.
SELECT e.partition, e.data FROM eventlog.events AS e
JOIN eventlog.partitions AS p USING (partition)
WHERE p.key = %(key)s AND e.position = %(position)s
  AND e.type IN ('vn.lienthong.report.accepted.v1', 'vn.lienthong.difficulty.accepted.v1',
                 'vn.lienthong.content.accepted.v1', 'vn.lienthong.content.approved.v1',
                 'vn.lienthong.report.withdrawn.v1', 'vn.lienthong.content.withdrawn.v1');

-- name: redact_event
-- An event without some of its text.
UPDATE eventlog.events SET data = %(data)s WHERE partition = %(partition)s AND position = %(position)s;

-- name: erase_salt
-- The ledger's salt goes with the text.
UPDATE ingest.ledger SET salt = %(salt)s WHERE partition = %(partition)s AND position = %(position)s;
