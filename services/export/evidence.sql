-- name: releases_of_partition
-- Every release of a province, its dataset apart.
SELECT release, round, version, supersedes, programme, plan, period, province, issuer, issuer_level, recipients,
    sample, signed_at, made_at, withdrawn_at, withdrawal_reason
FROM export.releases WHERE province = %(key)s ORDER BY release;

-- name: figures_of_partition
-- Every sum of a province's releases.
SELECT f.release || ' ' || f.form || ' ' || f.code, f.kind, f.decimals, f.total, f.given, f.obliged, f.described
FROM export.figures AS f JOIN export.releases AS r USING (release)
WHERE r.province = %(key)s ORDER BY f.release, f.form, f.code;

-- name: feed_of_partition
-- What the feed lists of a province, in its order.
SELECT release || ' ' || entry, province, programme, position FROM export.feed
WHERE province = %(key)s OR release IN (SELECT release FROM export.releases WHERE province = %(key)s)
ORDER BY position;

-- name: feed_ends
-- How many entries the feed holds, the first and the last of them, and where its head stands.
SELECT count(*), coalesce(min(position), 0), coalesce(max(position), 0),
    (SELECT position FROM export.feed_head)
FROM export.feed;

-- name: messages_of_partition
-- Everything that goes out of a province.
SELECT m.kind || ' ' || m.subject || ' ' || m.version || CASE WHEN m.withdraws THEN ' withdrawn' ELSE '' END,
    m.type, m.province, m.sample, m.digest, m.at, m.data, p.key, m.position
FROM export.messages AS m JOIN eventlog.partitions AS p USING (partition)
WHERE p.key = %(key)s OR m.province = %(key)s ORDER BY m.partition, m.position;

-- name: deliveries_of_partition
-- Every delivery to a province's destinations, and whether its attempts bear it out.
SELECT d.id, d.destination, d.kind, d.subject, d.version, d.withdraws, d.state, d.attempts, d.settled_at,
    m.type, count(a.*) AS written, max(a.number) AS last, coalesce(bool_or(a.status BETWEEN 200 AND 299 AND a.outcome = 'http_' || a.status), false) AS arrived
FROM export.deliveries AS d
JOIN export.destinations AS t ON t.id = d.destination
LEFT JOIN export.messages AS m USING (kind, subject, version, withdraws)
LEFT JOIN export.attempts AS a ON a.delivery = d.id
WHERE t.province = %(key)s GROUP BY d.id, m.type ORDER BY d.number;

-- name: undelivered
-- Messages in force that a destination of the province takes and that nobody put on their way there.
SELECT t.id, f.kind, f.subject, f.version, f.withdraws
FROM export.destinations AS t
JOIN (SELECT DISTINCT ON (kind, subject) kind, subject, version, withdraws FROM export.messages
      WHERE province = %(key)s ORDER BY kind, subject, version DESC, withdraws DESC) AS f ON f.kind = ANY (t.kinds)
WHERE t.province = %(key)s AND t.removed_at IS NULL AND NOT EXISTS (
    SELECT FROM export.deliveries AS d
    WHERE d.destination = t.id AND d.kind = f.kind AND d.subject = f.subject AND d.version = f.version
        AND d.withdraws = f.withdraws)
ORDER BY t.id, f.kind, f.subject;

-- name: destinations_of_partition
-- Where a province's figures go, the places that were removed too.
SELECT id, CASE WHEN removed_at IS NOT NULL THEN 'removed' WHEN active THEN 'living' ELSE 'paused' END AS state,
    url, reach, kinds, sender, mapping, takes
FROM export.destinations WHERE province = %(key)s;
