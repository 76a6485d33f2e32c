-- name: contact
-- How a unit is told; nothing where nobody said, or it was removed.
SELECT unit, province, mails, webhook, reach, secret FROM ingest.contacts
WHERE unit = %(unit)s AND (mails <> '{}' OR webhook IS NOT NULL);

-- name: contacts
-- How units are told: of a province (null: of all), or of some units of it.
SELECT unit, province, mails, webhook, reach, secret FROM ingest.contacts
WHERE (mails <> '{}' OR webhook IS NOT NULL) AND (%(province)s::text IS NULL OR province = %(province)s)
    AND (%(units)s::text[] IS NULL OR unit = ANY (%(units)s)) AND unit > %(after)s
ORDER BY unit LIMIT %(limit)s;

-- name: put_contact
-- How a unit is told from now on.
INSERT INTO ingest.contacts (unit, province, mails, webhook, reach, secret, set_by, set_at)
VALUES (%(unit)s, %(province)s, %(mails)s, %(webhook)s, %(reach)s, %(secret)s, %(by)s, %(at)s)
ON CONFLICT (unit) DO UPDATE
SET province = excluded.province, mails = excluded.mails, webhook = excluded.webhook, reach = excluded.reach,
    secret = excluded.secret, set_by = excluded.set_by, set_at = excluded.set_at;

-- name: known_keys
-- Which reminders and digests of a round there are.
SELECT DISTINCT key FROM ingest.reminders WHERE round = %(round)s;

-- name: put_reminder
-- A reminder; nothing where there is one of its key already. claimed: by who writes it, who sends it now.
INSERT INTO ingest.reminders (key, channel, round, province, issuer, unit, kind, days, deadline, forms, state, asked_by,
    made_at, claimed_at, attempts)
VALUES (%(key)s, %(channel)s, %(round)s, %(province)s, %(issuer)s, %(unit)s, %(kind)s, %(days)s, %(deadline)s, %(forms)s,
    %(state)s, %(by)s, %(at)s, CASE WHEN %(state)s = 'sending' THEN clock_timestamp() END,
    CASE WHEN %(state)s = 'sending' THEN 1 ELSE 0 END)
ON CONFLICT (key, channel) DO NOTHING
RETURNING number;

-- name: claim_reminder
-- The one that has waited longest, for the asker alone.
UPDATE ingest.reminders SET state = 'sending', claimed_at = clock_timestamp(), attempts = attempts + 1
WHERE number = (
    SELECT number FROM ingest.reminders WHERE state = 'waiting' AND next_at <= clock_timestamp()
    ORDER BY next_at, number LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
RETURNING number, key, channel, round, province, issuer, unit, kind, days, deadline, forms, state, attempts, detail,
    asked_by, made_at, sent_at;

-- name: settle_reminder
-- What became of one that was claimed. again: seconds until it is tried again.
UPDATE ingest.reminders
SET state = %(state)s, detail = %(detail)s, next_at = clock_timestamp() + make_interval(secs => %(again)s),
    sent_at = CASE WHEN %(state)s = 'sent' THEN eventlog.hub_now() ELSE sent_at END
WHERE number = %(number)s AND state = 'sending';

-- name: doubt_reminders
-- Whoever claimed these has died: nobody knows whether they went out.
UPDATE ingest.reminders SET state = 'unknown'
WHERE state = 'sending' AND claimed_at < clock_timestamp() - make_interval(secs => %(seconds)s);

-- name: reminders
-- Reminders, newest first.
SELECT number, key, channel, round, province, issuer, unit, kind, days, deadline, forms, state, attempts, detail,
    asked_by, made_at, sent_at
FROM ingest.reminders
WHERE number < %(before)s AND (%(province)s::text IS NULL OR province = %(province)s)
    AND (%(issuers)s::text[] IS NULL OR issuer = ANY (%(issuers)s))
    AND (%(round)s::text IS NULL OR round = %(round)s) AND (%(unit)s::text IS NULL OR unit = %(unit)s)
    AND (%(state)s::text IS NULL OR state = %(state)s)
ORDER BY number DESC LIMIT %(limit)s;

-- name: reminded_since
-- How many of a round's reminders came to which state after a moment.
SELECT state, count(DISTINCT unit) AS units FROM ingest.reminders
WHERE round = %(round)s AND kind <> 'digest' AND made_at >= %(since)s GROUP BY state;

-- name: mended
-- Units of a round of which a submission was refused and whose report came in afterwards.
SELECT count(DISTINCT s.unit) FROM ingest.slots AS s
WHERE s.round = %(round)s AND NOT s.withdrawn AND EXISTS (
    SELECT FROM ingest.refusals AS r
    WHERE r.province = %(province)s AND r.round = s.round AND r.unit = s.unit AND r.at < s.received_at);

-- name: standing_still
-- How many reminders wait because they could not be sent, and why the last of them could not.
SELECT count(*), (array_agg(split_part(detail, ':', 1) ORDER BY number DESC))[1]
FROM ingest.reminders WHERE state = 'waiting' AND attempts > 0;
