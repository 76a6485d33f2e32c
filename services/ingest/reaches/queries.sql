-- name: items_there
-- Which of these content items stand: submitted or approved.
SELECT c.unit, c.item FROM ingest.contents AS c
JOIN unnest(%(units)s::text[], %(items)s::text[]) AS asked (unit, item) USING (unit, item)
WHERE c.state <> 'withdrawn';

-- name: put_reach
-- Counts of an item on a channel at the end of a day; a correction replaces them.
INSERT INTO ingest.reaches (unit, item, channel, day, reach, interactions, changed_at)
VALUES (%(unit)s, %(item)s, %(channel)s, %(day)s, %(reach)s, %(interactions)s, %(at)s)
ON CONFLICT (unit, item, channel, day) DO UPDATE
SET reach = excluded.reach, interactions = excluded.interactions, changed_at = excluded.changed_at;

-- name: history_of
-- Every day that was counted of one item, by channel.
SELECT channel, day, reach, interactions, changed_at FROM ingest.reaches
WHERE unit = %(unit)s AND item = %(item)s ORDER BY channel, day;

-- name: latest_of
-- Of each of these items, and each of its channels, the latest counts up to a day (NULL: the latest at all).
SELECT DISTINCT ON (r.unit, r.item, r.channel) r.unit, r.item, r.channel, r.day, r.reach, r.interactions, r.changed_at
FROM ingest.reaches AS r
JOIN unnest(%(units)s::text[], %(items)s::text[]) AS asked (unit, item) USING (unit, item)
WHERE %(on)s::date IS NULL OR r.day <= %(on)s
ORDER BY r.unit, r.item, r.channel, r.day DESC;

-- name: items_in
-- Approved content items of some units that serve a programme, with what counts a joint one once.
SELECT unit, item, coalesce(body::jsonb ->> 'jointEvent', unit || '/' || item) AS once,
       body::jsonb ->> 'kind' AS kind
FROM ingest.contents
WHERE unit = ANY(%(units)s::text[]) AND state = 'approved' AND body::jsonb -> 'programmes' ? %(programme)s
ORDER BY unit, item;
