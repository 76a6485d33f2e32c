-- name: record
-- Append one act; the table's trigger numbers and links it.
INSERT INTO ingest.audit (province, actor, act, subject, details, address)
VALUES (%(province)s, %(actor)s, %(act)s, %(subject)s, %(details)s, %(address)s);

-- name: read
-- A province's acts, newest first, narrowed by whatever is not null.
SELECT province, seq, at, actor, act, subject, details, address
FROM ingest.audit
WHERE province = %(province)s
  AND (%(before)s::bigint IS NULL OR seq < %(before)s)
  AND (%(actor)s::text IS NULL OR actor = %(actor)s)
  AND (%(act)s::text IS NULL OR act = %(act)s OR act LIKE %(act)s || '.%%')
  AND (%(subject)s::text IS NULL OR subject = %(subject)s)
  AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
  AND (%(units)s::text[] IS NULL OR actor = %(own)s OR details::jsonb ->> 'issuer' = ANY(%(units)s::text[]))
ORDER BY seq DESC
LIMIT %(limit)s;

-- name: chain
-- A part of a province's chain in order, for recomputing it.
SELECT province, seq, at, actor, act, subject, details, address, link
FROM ingest.audit
WHERE province = %(province)s AND seq > %(after)s
ORDER BY seq
LIMIT %(limit)s;

-- name: of_nouns
-- A province's acts on things of some kinds, in their order.
SELECT province, seq, at, actor, act, subject, details, address
FROM ingest.audit
WHERE province = %(province)s AND split_part(act, '.', 1) = ANY(%(nouns)s::text[])
ORDER BY seq;

-- name: first_link
-- What a province's chain begins with.
SELECT sha256(chain_seed || convert_to('audit ' || %(province)s, 'UTF8')) FROM eventlog.installation;

-- name: head
-- Where a province's chain stands.
SELECT seq, link FROM ingest.audit_heads WHERE province = %(province)s;

-- name: heads
-- Where each province's audit log ends.
SELECT province, seq, link FROM ingest.audit_heads WHERE seq > 0 ORDER BY province;

-- name: link_at
-- The link of one entry.
SELECT link FROM ingest.audit WHERE province = %(province)s AND seq = %(seq)s;
