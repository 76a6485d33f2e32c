-- name: own_destinations
-- The other side of share_destinations.
SELECT pg_advisory_xact_lock(%(lock)s);

-- name: in_force
-- The message in force for every subject of a province and kind: what a destination should hold.
SELECT DISTINCT ON (subject) kind, subject, version, withdraws, digest, type
FROM export.messages WHERE province = %(province)s AND kind = %(kind)s
ORDER BY subject, version DESC, withdraws DESC;

-- name: province_known
-- Whether there is such a province.
SELECT 1 FROM eventlog.partitions WHERE key = %(province)s;

-- name: add_destination
-- A new destination; an id that exists, or did, is refused by the caller.
INSERT INTO export.destinations (
    id, name, province, kinds, url, reach, sender, mapping, secret, per_minute, in_flight, timeout_seconds, takes
) VALUES (
    %(id)s, %(name)s, %(province)s, %(kinds)s, %(url)s, %(reach)s, %(sender)s, %(mapping)s, %(secret)s,
    %(per_minute)s, %(in_flight)s, %(timeout_seconds)s, %(takes)s
) ON CONFLICT (id) DO NOTHING RETURNING id;

-- name: destinations
-- The destinations of a province (null: of all provinces), or one of them by its id, without their secrets.
SELECT id, name, province, kinds, url, reach, sender, mapping, per_minute, in_flight, timeout_seconds, takes, active,
    paused_reason, paused_at, former_until
FROM export.destinations
WHERE removed_at IS NULL AND (%(province)s::text IS NULL OR province = %(province)s)
    AND (%(id)s::text IS NULL OR id = %(id)s)
ORDER BY province, id;

-- name: destination_with_secrets
-- One destination as the sender needs it.
SELECT id, name, province, kinds, url, reach, sender, mapping, per_minute, in_flight, timeout_seconds, takes, active,
    paused_reason, paused_at, secret, former_secret, former_until
FROM export.destinations WHERE id = %(id)s AND removed_at IS NULL;

-- name: hold_destination
-- Lock one destination until the transaction ends.
SELECT FROM export.destinations WHERE id = %(id)s FOR NO KEY UPDATE;

-- name: waiting
-- What a destination has: pending, dead, delivered, and the age in seconds of the oldest that did not arrive.
SELECT count(*) FILTER (WHERE state = 'pending'), count(*) FILTER (WHERE state = 'dead'),
    count(*) FILTER (WHERE state = 'delivered'),
    coalesce(extract(epoch FROM clock_timestamp() - min(created_at) FILTER (WHERE state IN ('pending', 'dead'))), 0)::float8
FROM export.deliveries WHERE destination = %(destination)s;

-- name: taking
-- How far a destination was read, how it answered last, and how many items it shows.
SELECT t.after, t.asked_at, t.outcome, t.detail, t.left_out,
    (SELECT count(*) FROM export.taken AS n WHERE n.destination = t.destination AND n.data IS NOT NULL) AS items
FROM export.taking AS t WHERE t.destination = %(destination)s;

-- name: change_destination
-- What an operator changed.
UPDATE export.destinations
SET name = %(name)s, url = %(url)s, reach = %(reach)s, kinds = %(kinds)s, sender = %(sender)s, mapping = %(mapping)s,
    per_minute = %(per_minute)s, in_flight = %(in_flight)s, timeout_seconds = %(timeout_seconds)s,
    takes = %(takes)s
WHERE id = %(id)s;

-- name: pause
-- Send nothing until it is resumed; what is due waits meanwhile. One that is paused keeps its reason.
UPDATE export.destinations SET active = false, paused_reason = %(reason)s, paused_at = clock_timestamp()
WHERE id = %(id)s AND active;

-- name: resume
-- Send again, at once.
UPDATE export.destinations SET active = true, paused_reason = NULL, paused_at = NULL, slot_at = clock_timestamp()
WHERE id = %(id)s AND removed_at IS NULL;

-- name: remove
-- Nobody is pushed to there any more; the row stays for the record of what was sent. Its secrets go.
UPDATE export.destinations
SET active = false, removed_at = clock_timestamp(), secret = '', former_secret = NULL, former_until = NULL
WHERE id = %(id)s;

-- name: let_go
-- What waits of other kinds than these is not sent any more; one that is under way now goes first.
UPDATE export.deliveries SET state = 'superseded', settled_at = clock_timestamp(), reason = %(reason)s
WHERE destination = %(destination)s AND NOT kind = ANY (%(kinds)s)
    AND (state = 'dead' OR (state = 'pending' AND coalesce(claimed_until < clock_timestamp(), true)));

-- name: rotate
-- A new secret from the next attempt on; the one before signs besides for the overlap.
UPDATE export.destinations
SET former_secret = secret, former_until = clock_timestamp() + %(overlap)s, secret = %(secret)s
WHERE id = %(id)s RETURNING former_until;

-- name: lock_destination
-- Lock one destination that has something due and a free place; another worker's is passed over. Who has fewest under
-- way comes first, so that none takes the threads of the others. The claim itself follows as a statement of its own,
-- so that it sees what the last holder of this lock did.
SELECT t.id, t.name, t.province, t.kinds, t.url, t.reach, t.sender, t.mapping, t.per_minute, t.in_flight, t.timeout_seconds, t.takes, t.active, t.paused_reason, t.paused_at, t.secret, t.former_secret, t.former_until
FROM export.destinations AS t
CROSS JOIN LATERAL (
    SELECT count(*) AS under_way FROM export.deliveries AS f
    WHERE f.destination = t.id AND f.state = 'pending' AND f.claimed_until IS NOT NULL
        AND f.claimed_until >= clock_timestamp()
) AS now
WHERE t.active AND t.slot_at <= clock_timestamp() AND now.under_way < least(t.in_flight, %(share)s)
    AND EXISTS (
        SELECT FROM export.deliveries AS d
        WHERE d.destination = t.id AND d.state = 'pending' AND d.due_at <= clock_timestamp()
            AND coalesce(d.claimed_until < clock_timestamp(), true)
            AND NOT EXISTS (
                SELECT FROM export.deliveries AS earlier
                WHERE earlier.destination = d.destination AND earlier.kind = d.kind
                    AND earlier.subject = d.subject AND earlier.number < d.number AND earlier.state = 'pending')
    )
ORDER BY now.under_way, t.slot_at LIMIT 1
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

-- name: put_aside
-- A delivery that can't be begun, and that nobody has claimed.
UPDATE export.deliveries SET state = 'dead', settled_at = clock_timestamp(), reason = %(reason)s
WHERE id = %(id)s AND state = 'pending' AND coalesce(claimed_until < clock_timestamp(), true);

-- name: message
-- One message.
SELECT type, kind, subject, version, digest, at, sample, data FROM export.messages
WHERE kind = %(kind)s AND subject = %(subject)s AND version = %(version)s AND withdraws = %(withdraws)s;

-- name: use_slot
-- Keep the distance between attempts that the destination's rate asks for.
UPDATE export.destinations
SET slot_at = greatest(slot_at, clock_timestamp()) + make_interval(secs => 60.0 / per_minute)
WHERE id = %(id)s;

-- name: hold_back
-- The receiver asked for a pause: nothing goes there meanwhile.
UPDATE export.destinations
SET slot_at = greatest(slot_at, clock_timestamp() + make_interval(secs => %(seconds)s)) WHERE id = %(id)s;

-- name: waiting_destinations
-- How many active destinations have something pending: so many threads let none wait for another.
SELECT count(*) FROM export.destinations AS t
WHERE t.active AND EXISTS (SELECT FROM export.deliveries AS d WHERE d.destination = t.id AND d.state = 'pending');

-- name: put_aside_by_reason
-- What was put aside for some reasons: for each how many deliveries, and the last of them.
SELECT reason, count(*), (array_agg(id ORDER BY number DESC))[1] FROM export.deliveries
WHERE state = 'dead' AND reason = ANY (%(reasons)s) GROUP BY reason ORDER BY reason;

-- name: begin_attempt
-- Written before anything is sent, so that no attempt goes unrecorded. Nothing where there is one of this number.
INSERT INTO export.attempts (delivery, number, worker) VALUES (%(delivery)s, %(number)s, %(worker)s)
ON CONFLICT (delivery, number) DO NOTHING RETURNING started_at;

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
-- Deliveries, newest first, of a province and of what some units issued (null: all), in a state and of a destination
-- (null: any), before a number. A content item is issued by the unit that its id begins with.
SELECT d.number, d.id, d.destination, t.province, d.kind, d.subject, d.version, d.withdraws, d.state,
    d.attempts AS attempt_count, d.due_at, d.created_at, d.settled_at, d.reason
FROM export.deliveries AS d JOIN export.destinations AS t ON t.id = d.destination
WHERE (%(province)s::text IS NULL OR t.province = %(province)s)
    AND (%(issuers)s::text[] IS NULL OR
         CASE d.kind WHEN 'content' THEN split_part(d.subject, '/', 1)
             ELSE (SELECT r.issuer FROM export.releases AS r WHERE r.round = d.subject LIMIT 1) END = ANY (%(issuers)s))
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
-- Put dead deliveries on their way again, of a province and of what some units issued (null: all), those that nothing
-- newer has replaced meanwhile. Attempts are counted on behind all that are kept, whatever somebody made of the row.
UPDATE export.deliveries AS d
SET state = 'pending', tries = 0, due_at = clock_timestamp(), settled_at = NULL, reason = NULL,
    attempts = greatest(d.attempts, (SELECT max(a.number) FROM export.attempts AS a WHERE a.delivery = d.id))
FROM export.destinations AS t
WHERE t.id = d.destination AND d.state = 'dead' AND t.removed_at IS NULL
    AND (%(province)s::text IS NULL OR t.province = %(province)s)
    AND (%(issuers)s::text[] IS NULL OR
         CASE d.kind WHEN 'content' THEN split_part(d.subject, '/', 1)
             ELSE (SELECT r.issuer FROM export.releases AS r WHERE r.round = d.subject LIMIT 1) END = ANY (%(issuers)s))
    AND (%(destination)s::text IS NULL OR d.destination = %(destination)s)
    AND (%(ids)s::text[] IS NULL OR d.id = ANY (%(ids)s))
    AND NOT EXISTS (
        SELECT FROM export.deliveries AS newer
        WHERE newer.destination = d.destination AND newer.kind = d.kind AND newer.subject = d.subject
            AND newer.number > d.number AND newer.state = 'delivered')
RETURNING d.id, t.province;

-- name: hasten
-- Let deliveries that wait be tried now, with what waits before them of the same subject; the schedule goes on from where
-- it is. What is due already or under way is left alone.
UPDATE export.deliveries AS d
SET due_at = clock_timestamp()
FROM export.destinations AS t
WHERE t.id = d.destination AND d.state = 'pending' AND d.due_at > clock_timestamp()
    AND coalesce(d.claimed_until < clock_timestamp(), true)
    AND EXISTS (
        SELECT FROM export.deliveries AS asked
        WHERE asked.id = ANY (%(ids)s) AND asked.state = 'pending' AND asked.destination = d.destination
            AND asked.kind = d.kind AND asked.subject = d.subject AND asked.number >= d.number)
RETURNING d.id, t.province;

-- name: of_subject
-- Deliveries of a subject, as a list shows it or with its version behind a slash, of a province and at a destination
-- (null: any).
SELECT d.id FROM export.deliveries AS d JOIN export.destinations AS t ON t.id = d.destination
WHERE (d.subject = %(name)s OR d.subject || '/' || d.version = %(name)s)
    AND (%(province)s::text IS NULL OR t.province = %(province)s)
    AND (%(destination)s::text IS NULL OR d.destination = %(destination)s)
ORDER BY d.number;

-- name: resend
-- Put the message in force of a subject on its way again, whatever became of it before (reconciliation). Attempts are
-- counted on as `retry` does.
UPDATE export.deliveries AS d
SET state = 'pending', tries = 0, due_at = clock_timestamp(), settled_at = NULL, reason = NULL,
    attempts = greatest(d.attempts, (SELECT max(a.number) FROM export.attempts AS a WHERE a.delivery = d.id))
WHERE destination = %(destination)s AND kind = %(kind)s AND subject = %(subject)s AND version = %(version)s
    AND withdraws = %(withdraws)s AND state <> 'pending';

-- name: count_deliveries
-- Deliveries in a state.
SELECT count(*) FROM export.deliveries WHERE state = %(state)s;

-- name: oldest_undelivered
-- Age in seconds of the oldest delivery that did not arrive; 0 where all did.
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::double precision
FROM export.deliveries WHERE state IN ('pending', 'dead');

-- name: real_now
-- Real time by the database server's clock, for signatures.
SELECT clock_timestamp();

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
