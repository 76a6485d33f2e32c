-- name: share_destinations
-- Messages come in while nobody adds a destination: an addition sees every message, or the message sees it.
SELECT pg_advisory_xact_lock_shared(%(lock)s);

-- name: add_release
-- Keep a release; a repeated event changes nothing.
INSERT INTO export.releases (
    release, round, version, supersedes, programme, plan, period, province, issuer, issuer_level, recipients,
    sample, digest, signed_at, made_at, dataset
) VALUES (
    %(release)s, %(round)s, %(version)s, %(supersedes)s, %(programme)s, %(plan)s, %(period)s, %(province)s,
    %(issuer)s, %(issuer_level)s, %(recipients)s, %(sample)s, %(digest)s, %(signed_at)s, %(made_at)s, %(dataset)s
) ON CONFLICT (release) DO NOTHING;

-- name: add_figure
-- One sum of a release.
INSERT INTO export.figures (release, form, code, kind, decimals, total, given, obliged, described)
VALUES (%(release)s, %(form)s, %(code)s, %(kind)s, %(decimals)s, %(total)s, %(given)s, %(obliged)s, %(described)s)
ON CONFLICT DO NOTHING;

-- name: withdraw_release
-- Mark a release as withdrawn, once.
UPDATE export.releases SET withdrawn_at = %(at)s, withdrawal_reason = %(reason)s
WHERE round = %(round)s AND version = %(version)s AND withdrawn_at IS NULL
RETURNING release, province, programme;

-- name: withdrawn_before
-- The withdrawal of a release that stands in the log before this position: it was taken back before it was made.
SELECT position, recorded_at, time, type, source, id, subject,
    correlation_id, causation_id, traceparent, seal, link, data
FROM eventlog.events
WHERE type = %(type)s AND subject = %(release)s AND partition = %(partition)s AND position < %(position)s
ORDER BY position LIMIT 1;

-- name: add_feed_entry
-- Give an entry the next position; the head stays locked until the transaction ends.
WITH head AS (UPDATE export.feed_head SET position = position + 1 RETURNING position)
INSERT INTO export.feed (position, entry, release, province, programme)
SELECT head.position, %(entry)s, %(release)s, %(province)s, %(programme)s FROM head;

-- name: add_message
-- Keep what goes out; a repeated event changes nothing.
INSERT INTO export.messages (
    kind, subject, version, withdraws, type, province, sample, digest, at, data, partition, position
) VALUES (%(kind)s, %(subject)s, %(version)s, %(withdraws)s, %(type)s, %(province)s, %(sample)s, %(digest)s, %(at)s,
    %(data)s, %(partition)s, %(position)s)
ON CONFLICT DO NOTHING;

-- name: was_published
-- Whether a version at or below this one ever went out.
SELECT EXISTS (
    SELECT FROM export.messages
    WHERE kind = %(kind)s AND subject = %(subject)s AND version <= %(version)s AND NOT withdraws
);

-- name: published_at_place
-- The content item that a fact of the log published.
SELECT m.subject, m.version FROM export.messages AS m JOIN eventlog.partitions AS p USING (partition)
WHERE p.key = %(key)s AND m.position = %(position)s AND m.kind = 'content' AND NOT m.withdraws;

-- name: erase
-- Remove the text of a published item; its place, its digest and its deliveries stay.
UPDATE export.messages SET data = '{}'
WHERE kind = 'content' AND subject = %(subject)s AND version = %(version)s AND NOT withdraws;

-- name: latest_version
-- The highest version of a subject that ever went out.
SELECT max(version) FROM export.messages WHERE kind = %(kind)s AND subject = %(subject)s AND NOT withdraws;

-- name: targets
-- The destinations of a province that take a kind; for a paused one it waits.
SELECT id FROM export.destinations
WHERE province = %(province)s AND %(kind)s = ANY (kinds) AND removed_at IS NULL ORDER BY id;

-- name: add_delivery
-- Put a message on its way to a destination; at most once.
INSERT INTO export.deliveries (id, destination, kind, subject, version, withdraws)
VALUES (%(id)s, %(destination)s, %(kind)s, %(subject)s, %(version)s, %(withdraws)s)
ON CONFLICT DO NOTHING;

-- name: supersede
-- What is withdrawn before it was sent is not sent any more; one that is under way now goes first.
UPDATE export.deliveries SET state = 'superseded', settled_at = clock_timestamp(), reason = 'withdrawn'
WHERE kind = %(kind)s AND subject = %(subject)s AND version <= %(version)s AND NOT withdraws
    AND (state = 'dead' OR (state = 'pending' AND coalesce(claimed_until < clock_timestamp(), true)));

-- name: key_and_now
-- The key that signs cursors, and the hub's clock, which decides whether one has expired.
SELECT secret, eventlog.hub_now() FROM export.keys WHERE name = 'cursor';

-- name: releases_of_partition
-- Every release of a partition with the digest of its dataset's text, for verifying.
SELECT release, digest, 'sha256:' || encode(sha256(convert_to(dataset, 'UTF8')), 'hex') AS of_text FROM export.releases WHERE province = %(key)s ORDER BY release;

-- name: consumed
-- How far export has come in one partition.
SELECT s.position FROM eventlog.positions AS s JOIN eventlog.partitions AS p USING (partition)
WHERE s.consumer = %(consumer)s AND p.key = %(key)s;

-- name: is_programme
-- Whether anybody released or published a plan of that programme. The plans, some hundred kB each, are read only where
-- the feed has nothing of it.
SELECT CASE
    WHEN EXISTS (SELECT FROM export.feed WHERE programme = %(programme)s) THEN true
    ELSE EXISTS (SELECT FROM eventlog.events WHERE type = %(type)s AND data::json ->> 'programme' = %(programme)s)
END;
