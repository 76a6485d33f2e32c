-- name: share_destinations
-- Messages come in while nobody adds a destination: an addition sees every message, or the message sees it.
SELECT pg_advisory_xact_lock_shared(%(lock)s);

-- name: own_destinations
-- The other side of share_destinations.
SELECT pg_advisory_xact_lock(%(lock)s);

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

-- name: put_aside
-- Remember a fact that could not be exported.
INSERT INTO export.aside (partition, position, type, code, reason)
VALUES (%(partition)s, %(position)s, %(type)s, %(code)s, %(reason)s) ON CONFLICT DO NOTHING;

-- name: count_aside
-- How many facts could not be exported.
SELECT count(*) FROM export.aside;

-- name: latest_version
-- The highest version of a subject that ever went out.
SELECT max(version) FROM export.messages WHERE kind = %(kind)s AND subject = %(subject)s AND NOT withdraws;

-- name: targets
-- The destinations of a province that take a kind; for a paused one it waits.
SELECT id FROM export.destinations WHERE province = %(province)s AND %(kind)s = ANY (kinds) ORDER BY id;

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

-- name: in_force
-- The message in force for every subject of a province and kind: what a destination should hold.
SELECT DISTINCT ON (subject) subject, version, withdraws, digest, type
FROM export.messages WHERE province = %(province)s AND kind = %(kind)s
ORDER BY subject, version DESC, withdraws DESC;

-- name: add_destination
-- A new destination; an existing id is refused by the caller.
INSERT INTO export.destinations (
    id, name, province, kinds, url, reach, sender, secret, per_minute, in_flight, timeout_seconds
) VALUES (
    %(id)s, %(name)s, %(province)s, %(kinds)s, %(url)s, %(reach)s, %(sender)s, %(secret)s, %(per_minute)s,
    %(in_flight)s, %(timeout_seconds)s
) ON CONFLICT (id) DO NOTHING RETURNING id;

-- name: destinations
-- All destinations of a province (null: of all provinces), without their secrets.
SELECT id, name, province, kinds, url, reach, sender, per_minute, in_flight, timeout_seconds, active
FROM export.destinations WHERE %(province)s::text IS NULL OR province = %(province)s ORDER BY province, id;

-- name: destination_with_secret
-- One destination as the sender needs it.
SELECT id, name, province, kinds, url, reach, sender, per_minute, in_flight, timeout_seconds, active, secret
FROM export.destinations WHERE id = %(id)s;

-- name: set_active
-- Pause or resume a destination; what is due waits meanwhile.
UPDATE export.destinations SET active = %(active)s WHERE id = %(id)s;

-- name: set_secret
-- A new secret, from the next attempt on.
UPDATE export.destinations SET secret = %(secret)s WHERE id = %(id)s;

-- name: lock_destination
-- Lock one destination that has something due and a free place; another worker's is passed over. The claim
-- itself follows as a statement of its own, so that it sees what the last holder of this lock did.
SELECT t.id, t.name, t.province, t.kinds, t.url, t.reach, t.sender, t.per_minute, t.in_flight, t.timeout_seconds,
    t.active, t.secret
FROM export.destinations AS t
WHERE t.active AND t.slot_at <= clock_timestamp()
    AND EXISTS (
        SELECT FROM export.deliveries AS d
        WHERE d.destination = t.id AND d.state = 'pending' AND d.due_at <= clock_timestamp()
            AND coalesce(d.claimed_until < clock_timestamp(), true)
            AND NOT EXISTS (
                SELECT FROM export.deliveries AS earlier
                WHERE earlier.destination = d.destination AND earlier.kind = d.kind
                    AND earlier.subject = d.subject AND earlier.number < d.number AND earlier.state = 'pending')
    )
    AND (SELECT count(*) FROM export.deliveries AS f
         WHERE f.destination = t.id AND f.state = 'pending' AND f.claimed_until IS NOT NULL
             AND f.claimed_until >= clock_timestamp()) < t.in_flight
ORDER BY t.slot_at LIMIT 1
FOR NO KEY UPDATE OF t SKIP LOCKED;

-- name: claim
-- Take the delivery that has waited longest at a locked destination: due, not under way, and nothing earlier of
-- the same subject still pending, so that a newer version never overtakes.
UPDATE export.deliveries AS taken
SET attempts = taken.attempts + 1, tries = taken.tries + 1,
    claimed_until = clock_timestamp() + make_interval(secs => %(lease)s), claimed_by = %(seat)s
WHERE taken.id = (
    SELECT d.id FROM export.deliveries AS d
    WHERE d.destination = %(destination)s AND d.state = 'pending' AND d.due_at <= clock_timestamp()
        AND coalesce(d.claimed_until < clock_timestamp(), true)
        AND NOT EXISTS (
            SELECT FROM export.deliveries AS earlier
            WHERE earlier.destination = d.destination AND earlier.kind = d.kind
                AND earlier.subject = d.subject AND earlier.number < d.number AND earlier.state = 'pending')
        AND (SELECT count(*) FROM export.deliveries AS f
             WHERE f.destination = d.destination AND f.state = 'pending'
                 AND f.claimed_until IS NOT NULL AND f.claimed_until >= clock_timestamp()) < %(in_flight)s
    ORDER BY d.due_at, d.number LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING taken.id, taken.kind, taken.subject, taken.version, taken.withdraws, taken.attempts, taken.tries;

-- name: take_seat
-- A worker's sign of life, as long as its session lasts.
SELECT pg_advisory_lock(%(space)s, %(seat)s);

-- name: free_lost
-- The claims of workers whose session is gone are no claims any more.
UPDATE export.deliveries SET claimed_until = NULL, claimed_by = NULL
WHERE state = 'pending' AND claimed_until IS NOT NULL AND claimed_by IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM pg_locks AS l
        WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted AND l.classid = %(space)s::bigint::oid
            AND l.objid = claimed_by::bigint::oid
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()));

-- name: is_withdrawn
-- Whether a withdrawal of what was just claimed is on its way behind it: then it is not sent any more.
SELECT EXISTS (
    SELECT FROM export.deliveries
    WHERE destination = %(destination)s AND kind = %(kind)s AND subject = %(subject)s AND withdraws
        AND version >= %(version)s AND NOT %(withdraws)s
);

-- name: drop_claimed
-- Leave a claimed delivery aside: what it brings was withdrawn before it was sent.
UPDATE export.deliveries SET state = 'superseded', settled_at = clock_timestamp(), claimed_until = NULL,
    claimed_by = NULL, attempts = attempts - 1, reason = 'withdrawn'
WHERE id = %(id)s;

-- name: message
-- One message.
SELECT type, kind, subject, version, digest, at, sample, data FROM export.messages
WHERE kind = %(kind)s AND subject = %(subject)s AND version = %(version)s AND withdraws = %(withdraws)s;

-- name: use_slot
-- Keep the distance between attempts that the destination's rate asks for.
UPDATE export.destinations
SET slot_at = greatest(slot_at, clock_timestamp()) + make_interval(secs => 60.0 / per_minute)
WHERE id = %(id)s;

-- name: begin_attempt
-- Written before anything is sent, so that no attempt goes unrecorded.
INSERT INTO export.attempts (delivery, number, worker) VALUES (%(delivery)s, %(number)s, %(worker)s)
RETURNING started_at;

-- name: end_attempt
-- What came of it.
UPDATE export.attempts
SET finished_at = clock_timestamp(), status = %(status)s, outcome = %(outcome)s, detail = %(detail)s
WHERE delivery = %(delivery)s AND number = %(number)s;

-- name: settle
-- The state after an attempt. Only the last claim decides, but a delivery that arrived is delivered, whoever
-- brought it: the receiver knows the id.
UPDATE export.deliveries
SET state = %(state)s, reason = %(reason)s, claimed_until = NULL, claimed_by = NULL,
    due_at = clock_timestamp() + make_interval(secs => %(wait)s),
    settled_at = CASE WHEN %(state)s = 'pending' THEN NULL ELSE clock_timestamp() END
WHERE id = %(id)s AND state = 'pending' AND (attempts = %(attempt)s OR %(state)s = 'delivered');

-- name: next_due_seconds
-- How long until something can be sent (a claim that ran out counts, what waits behind an earlier one of its
-- subject does not), at most the limit.
SELECT greatest(0, least(%(limit)s::double precision, coalesce(extract(epoch FROM min(
    greatest(d.due_at, coalesce(d.claimed_until, d.due_at), t.slot_at)) - clock_timestamp()), %(limit)s)))::double precision
FROM export.deliveries AS d JOIN export.destinations AS t ON t.id = d.destination
WHERE d.state = 'pending' AND t.active
    AND NOT EXISTS (
        SELECT FROM export.deliveries AS earlier
        WHERE earlier.destination = d.destination AND earlier.kind = d.kind
            AND earlier.subject = d.subject AND earlier.number < d.number AND earlier.state = 'pending');

-- name: list_deliveries
-- Deliveries, newest first, of a province (null: all), a state and a destination (null: any), before a number.
SELECT d.number, d.id, d.destination, t.province, d.kind, d.subject, d.version, d.withdraws, d.state, d.attempts,
    d.due_at, d.created_at, d.settled_at, d.reason
FROM export.deliveries AS d JOIN export.destinations AS t ON t.id = d.destination
WHERE (%(province)s::text IS NULL OR t.province = %(province)s)
    AND (%(state)s::text IS NULL OR d.state = %(state)s)
    AND (%(destination)s::text IS NULL OR d.destination = %(destination)s)
    AND (%(id)s::text IS NULL OR d.id = %(id)s)
    AND d.number < %(before)s
ORDER BY d.number DESC LIMIT %(limit)s;

-- name: attempts
-- Every attempt of some deliveries, in order.
SELECT delivery, number, started_at, finished_at, status, outcome, detail FROM export.attempts
WHERE delivery = ANY (%(deliveries)s) ORDER BY delivery, number;

-- name: retry
-- Put dead deliveries on their way again, those that nothing newer has replaced meanwhile.
UPDATE export.deliveries AS d
SET state = 'pending', tries = 0, due_at = clock_timestamp(), settled_at = NULL, reason = NULL
FROM export.destinations AS t
WHERE t.id = d.destination AND d.state = 'dead'
    AND (%(province)s::text IS NULL OR t.province = %(province)s)
    AND (%(destination)s::text IS NULL OR d.destination = %(destination)s)
    AND (%(ids)s::text[] IS NULL OR d.id = ANY (%(ids)s))
    AND NOT EXISTS (
        SELECT FROM export.deliveries AS newer
        WHERE newer.destination = d.destination AND newer.kind = d.kind AND newer.subject = d.subject
            AND newer.number > d.number AND newer.state = 'delivered')
RETURNING d.id;

-- name: resend
-- Put the message in force of a subject on its way again, whatever became of it before (reconciliation).
UPDATE export.deliveries
SET state = 'pending', tries = 0, due_at = clock_timestamp(), settled_at = NULL, reason = NULL
WHERE destination = %(destination)s AND kind = %(kind)s AND subject = %(subject)s AND version = %(version)s
    AND withdraws = %(withdraws)s AND state <> 'pending';

-- name: count_deliveries
-- Deliveries in a state.
SELECT count(*) FROM export.deliveries WHERE state = %(state)s;

-- name: oldest_undelivered
-- Age in seconds of the oldest delivery that did not arrive; 0 where all did.
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::double precision
FROM export.deliveries WHERE state IN ('pending', 'dead');

-- name: cursor_key
-- The key that signs cursors.
SELECT secret FROM export.keys WHERE name = 'cursor';

-- name: feed_page
-- Entries of the feed after a position, of a province, a programme and a recipient (null: any).
SELECT f.position, f.entry, f.recorded_at, r.release, r.round, r.version, r.supersedes, r.programme, r.plan, r.period,
    r.province, r.issuer, r.sample, r.digest, r.signed_at, r.made_at, r.withdrawn_at, r.withdrawal_reason
FROM export.feed AS f JOIN export.releases AS r USING (release)
WHERE f.position > %(after)s
    AND (%(province)s::text IS NULL OR f.province = %(province)s)
    AND (%(programme)s::text IS NULL OR f.programme = %(programme)s)
    AND (%(recipient)s::text IS NULL OR %(recipient)s = ANY (r.recipients))
ORDER BY f.position LIMIT %(limit)s;

-- name: feed_position
-- Where the feed stands.
SELECT position FROM export.feed_head;

-- name: release
-- One release with its dataset.
SELECT release, round, version, supersedes, programme, plan, period, province, issuer, sample, digest, signed_at,
    made_at, withdrawn_at, withdrawal_reason, recipients, dataset
FROM export.releases WHERE release = %(release)s;

-- name: released
-- What the feed holds, for its digest: one line for each release, of a province and a recipient (null: any).
SELECT release, version, CASE WHEN withdrawn_at IS NULL THEN digest ELSE 'withdrawn' END
FROM export.releases
WHERE (%(province)s::text IS NULL OR province = %(province)s)
    AND (%(recipient)s::text IS NULL OR %(recipient)s = ANY (recipients));

-- name: latest_of_period
-- The latest release of each plan for a programme and period that is not withdrawn: of provinces, and of communes
-- that have a plan of their own.
SELECT DISTINCT ON (issuer, plan)
    release, round, version, plan, issuer, issuer_level, province, sample, digest, signed_at
FROM export.releases
WHERE programme = %(programme)s AND period = %(period)s AND 'VN' = ANY (recipients) AND withdrawn_at IS NULL
ORDER BY issuer, plan, version DESC;

-- name: figures_of
-- The sums of some releases.
SELECT f.release, f.form, f.code, f.kind, f.decimals, f.total, f.given, f.obliged, f.described
FROM export.figures AS f WHERE f.release = ANY (%(releases)s) ORDER BY f.code, f.release, f.form;

-- name: provinces
-- How many provinces there are.
SELECT count(*) FROM eventlog.partitions WHERE key <> 'VN';

-- name: real_now
-- Real time by the database server's clock, for signatures.
SELECT clock_timestamp();

-- name: hub_now
-- The hub's clock, which decides whether a cursor has expired.
SELECT eventlog.hub_now();

-- name: one_snapshot
-- All statements of this transaction see the same state.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;

-- name: forget_attempts
-- Removes attempts older than so many days of what has arrived or was replaced; the deliveries stay. At most a page.
DELETE FROM export.attempts WHERE (delivery, number) IN (
    SELECT a.delivery, a.number FROM export.attempts AS a JOIN export.deliveries AS d ON d.id = a.delivery
    WHERE d.state IN ('delivered', 'superseded')
      AND d.settled_at < clock_timestamp() - make_interval(days => %(days)s)
    LIMIT %(limit)s);

-- name: record_act
-- An act of a client in the province's audit log.
SELECT identity.record_act(%(province)s, %(actor)s, %(act)s, %(subject)s, %(details)s, %(address)s);
