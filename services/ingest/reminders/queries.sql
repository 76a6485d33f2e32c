-- name: contact
-- How a unit is told; nothing where nobody said, or it was removed.
SELECT unit, province, mails, webhook, reach, secret FROM ingest.contacts
WHERE unit = %(unit)s AND (mails <> '{}' OR webhook IS NOT NULL);

-- name: hold_contact
-- Lets nobody else change how a unit is told until the transaction ends, also where nothing is kept of it yet.
SELECT pg_advisory_xact_lock(hashtextextended('contact ' || %(unit)s, 0));

-- name: contacts
-- How units are told: of a province (null: of all), or of some units of it.
SELECT unit, province, mails, webhook, reach, secret FROM ingest.contacts
WHERE (mails <> '{}' OR webhook IS NOT NULL) AND (%(province)s::text IS NULL OR province = %(province)s)
    AND (%(units)s::text[] IS NULL OR unit = ANY (%(units)s)) AND unit > %(after)s
ORDER BY unit LIMIT %(limit)s;

-- name: all_contacts
-- How units of all provinces are told, those too whose contact was removed.
SELECT unit, province, mails, webhook, reach, secret FROM ingest.contacts;

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
-- A way of a reminder; nothing where it stands already.
INSERT INTO ingest.reminders (key, channel, round, province, issuer, unit, kind, days, deadline, forms, state, detail,
    asked_by, made_at)
VALUES (%(key)s, %(channel)s, %(round)s, %(province)s, %(issuer)s, %(unit)s, %(kind)s, %(days)s, %(deadline)s, %(forms)s,
    %(state)s, %(detail)s, %(by)s, %(at)s)
ON CONFLICT (key, channel) DO NOTHING
RETURNING number;

-- name: ask_again
-- One that somebody asked for and that did not arrive is asked for once more. unsure: also one that may have arrived.
UPDATE ingest.reminders
SET state = 'waiting', attempts = 0, detail = '', next_at = clock_timestamp(), made_at = %(at)s, asked_by = %(by)s
WHERE key = %(key)s AND channel = %(channel)s AND (state = 'failed' OR (state = 'unknown' AND %(unsure)s))
RETURNING number;

-- name: reach_again
-- What nobody could be told waits again where the unit has a contact now: by each of its ways.
WITH reachable AS (
    SELECT unit, array_remove(ARRAY[
        CASE WHEN mails <> '{}' THEN 'mail' END, CASE WHEN webhook IS NOT NULL THEN 'webhook' END], NULL) AS channels
    FROM ingest.contacts WHERE mails <> '{}' OR webhook IS NOT NULL
), revived AS (
    UPDATE ingest.reminders AS r
    SET state = 'waiting', attempts = 0, detail = %(why)s, next_at = clock_timestamp(),
        channel = CASE WHEN r.channel = ANY (c.channels) THEN r.channel ELSE c.channels[1] END
    FROM reachable AS c
    WHERE c.unit = r.unit AND r.state = 'no_contact' AND r.made_at >= %(since)s
        AND (r.channel = ANY (c.channels) OR NOT EXISTS (
            SELECT FROM ingest.reminders AS s WHERE s.key = r.key AND s.number <> r.number))
    RETURNING r.key, r.channel, r.round, r.province, r.issuer, r.unit, r.kind, r.days, r.deadline, r.forms, r.asked_by,
        r.made_at, c.channels
)
INSERT INTO ingest.reminders (key, channel, round, province, issuer, unit, kind, days, deadline, forms, state, detail,
    asked_by, made_at)
SELECT r.key, another.channel, r.round, r.province, r.issuer, r.unit, r.kind, r.days, r.deadline, r.forms, 'waiting',
    %(why)s, r.asked_by, r.made_at
FROM revived AS r CROSS JOIN unnest(r.channels) AS another (channel)
WHERE another.channel <> r.channel
ON CONFLICT (key, channel) DO NOTHING;

-- name: claim_reminder
-- The one that has waited longest, for the asker alone; of the lanes that are busy none. A lane is what may be slow for
-- one reason: the mail server for all letters, the systems of a province for its webhooks.
UPDATE ingest.reminders SET state = 'sending', claimed_at = clock_timestamp(), attempts = attempts + 1
WHERE number = (
    SELECT number FROM ingest.reminders WHERE state = 'waiting' AND next_at <= clock_timestamp()
        AND NOT CASE channel WHEN 'webhook' THEN province ELSE channel END = ANY (%(busy)s::text[])
    ORDER BY next_at, number LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
RETURNING number, key, channel, round, province, issuer, unit, kind, days, deadline, forms, state, attempts, detail,
    asked_by, made_at, sent_at;

-- name: settle_reminder
-- What became of one that was claimed. again: seconds until it is looked at again; spent: whether that was a try.
UPDATE ingest.reminders
SET state = %(state)s, detail = %(detail)s, next_at = clock_timestamp() + make_interval(secs => %(again)s),
    attempts = CASE WHEN %(spent)s THEN attempts ELSE attempts - 1 END,
    sent_at = CASE WHEN %(state)s = 'sent' THEN eventlog.hub_now() ELSE sent_at END
WHERE number = %(number)s AND state = 'sending';

-- name: settings_changed
-- What only a setting helped is tried at once: the settings were read anew.
UPDATE ingest.reminders SET next_at = clock_timestamp()
WHERE state = 'waiting' AND split_part(detail, ':', 1) = ANY (%(codes)s);

-- name: doubt_reminders
-- Whoever claimed these has died: nobody knows whether they went out.
UPDATE ingest.reminders SET state = 'unknown'
WHERE state = 'sending' AND claimed_at < clock_timestamp() - make_interval(secs => %(seconds)s);

-- name: doubt_restored
-- What stands here as not sent yet, and may have gone out after the backup was made that the hub was restored from.
UPDATE ingest.reminders SET state = 'unknown', detail = %(why)s
WHERE state IN ('waiting', 'sending') AND made_at <= %(restored)s;

-- name: reminders
-- Reminders, newest first.
SELECT number, key, channel, round, province, issuer, unit, kind, days, deadline, forms, state, attempts, detail,
    asked_by, made_at, sent_at
FROM ingest.reminders
WHERE number < %(before)s AND (%(province)s::text IS NULL OR province = %(province)s)
    AND (%(issuers)s::text[] IS NULL OR issuer = ANY (%(issuers)s))
    AND (%(round)s::text IS NULL OR round = %(round)s) AND (%(unit)s::text IS NULL OR unit = %(unit)s)
    AND (%(state)s::text IS NULL OR state = %(state)s)
    AND (%(digest)s::boolean IS NULL OR (kind = 'digest') = %(digest)s)
    AND (%(since)s::timestamptz IS NULL OR (made_at >= %(since)s AND made_at < %(until)s))
ORDER BY number DESC LIMIT %(limit)s;

-- name: became_of
-- What became of a round's reminders made within some time, digests apart: of each way by itself, as the list has them.
SELECT state, count(*) AS number FROM ingest.reminders
WHERE round = %(round)s AND kind <> 'digest' AND made_at >= %(since)s AND made_at < %(until)s GROUP BY state;

-- name: standing_still
-- How many reminders wait because they could not be sent, and why the last of them could not.
SELECT count(*), (array_agg(split_part(detail, ':', 1) ORDER BY number DESC))[1]
FROM ingest.reminders WHERE state = 'waiting' AND detail NOT IN ('', %(reached)s);

-- name: count_reminders
-- Reminders and digests, each way of theirs, by what became of them.
SELECT state, count(*) AS number FROM ingest.reminders GROUP BY state;
