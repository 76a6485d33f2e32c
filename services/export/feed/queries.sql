-- name: feed_page
-- Entries of the feed after a position, of a province and a programme (null: any), that name one of some recipients or
-- that one of some units issued (both null: all).
SELECT f.position, f.entry, f.recorded_at, r.release, r.round, r.version, r.supersedes, r.programme, r.plan, r.period,
    r.province, r.issuer, r.sample, r.digest, r.signed_at, r.made_at, r.withdrawn_at, r.withdrawal_reason
FROM export.feed AS f JOIN export.releases AS r USING (release)
WHERE f.position > %(after)s AND (%(programme)s::text IS NULL OR f.programme = %(programme)s)
    AND (%(province)s::text IS NULL OR r.province = %(province)s)
    AND ((%(recipients)s::text[] IS NULL AND %(issuers)s::text[] IS NULL)
        OR r.recipients && %(recipients)s OR r.issuer = ANY (%(issuers)s))
ORDER BY f.position LIMIT %(limit)s;

-- name: feed_position
-- Where the feed stands.
SELECT position FROM export.feed_head;

-- name: release
-- One release with its dataset.
SELECT release, round, version, province, issuer, recipients, supersedes, digest, withdrawn_at, withdrawal_reason,
    dataset AS text
FROM export.releases WHERE release = %(release)s;

-- name: released
-- What the feed holds, for its digest: one line for each release; the question as for feed_page.
SELECT r.release AS id, r.version, CASE WHEN r.withdrawn_at IS NULL THEN r.digest ELSE 'withdrawn' END AS digest
FROM export.releases AS r
WHERE (%(province)s::text IS NULL OR r.province = %(province)s)
    AND ((%(recipients)s::text[] IS NULL AND %(issuers)s::text[] IS NULL)
        OR r.recipients && %(recipients)s OR r.issuer = ANY (%(issuers)s));

-- name: periods
-- Programmes and periods that releases are there of, withdrawn ones aside; the question as for feed_page. A commune that
-- has a plan of its own is no province that has released: the national document counts them apart too.
SELECT r.programme, r.period,
    count(DISTINCT r.province) FILTER (WHERE r.issuer_level = 'province') AS provinces,
    count(DISTINCT r.issuer) FILTER (WHERE r.issuer_level = 'commune') AS communes, count(*) AS releases
FROM export.releases AS r
WHERE r.withdrawn_at IS NULL AND (%(programme)s::text IS NULL OR r.programme = %(programme)s)
    AND (%(province)s::text IS NULL OR r.province = %(province)s)
    AND ((%(recipients)s::text[] IS NULL AND %(issuers)s::text[] IS NULL)
        OR r.recipients && %(recipients)s OR r.issuer = ANY (%(issuers)s))
GROUP BY r.programme, r.period ORDER BY r.period DESC, r.programme;

-- name: latest_of_period
-- The latest release of each plan for a programme and period that is not withdrawn: of provinces, and of communes
-- that have a plan of their own. With how complete it is, how many indicators are provisional, and whether the duty
-- towards the Ministry was met in time (null where it has no date).
WITH latest AS (
    SELECT DISTINCT ON (issuer, plan)
        release, round, version, plan, issuer, issuer_level AS level, province, sample, digest, signed_at,
        dataset::jsonb AS dataset
    FROM export.releases
    WHERE programme = %(programme)s AND period = %(period)s AND 'VN' = ANY (recipients) AND withdrawn_at IS NULL
    ORDER BY issuer, plan, version DESC
)
SELECT release, round, version, plan, issuer, level, province, sample, digest, signed_at,
    forms.reported, forms.obliged, forms.late,
    (SELECT count(*) FROM jsonb_array_elements(dataset -> 'indicators') AS i
     WHERE i ->> 'assessment' = 'provisional') AS provisional,
    (SELECT bool_and((d ->> 'onTime')::boolean) FROM jsonb_array_elements(dataset -> 'duties') AS d
     WHERE d -> 'to' ? 'VN') AS on_time
FROM latest
CROSS JOIN LATERAL (
    SELECT coalesce(sum((f ->> 'reported')::int), 0)::int AS reported, coalesce(sum((f ->> 'obliged')::int), 0)::int AS obliged,
           coalesce(sum((f ->> 'late')::int), 0)::int AS late
    FROM jsonb_array_elements(dataset -> 'completeness') AS f
) AS forms
ORDER BY issuer, plan;

-- name: figures_of
-- The sums of some releases.
SELECT f.release, f.form, f.code, f.kind, f.decimals, f.total, f.given, f.obliged, f.described::json AS described
FROM export.figures AS f WHERE f.release = ANY (%(releases)s) ORDER BY f.code, f.release, f.form;

-- name: provinces
-- How many provinces there are.
SELECT count(*) FROM eventlog.partitions WHERE key <> 'VN';

-- name: is_province
-- Whether there is a province of that code.
SELECT EXISTS (SELECT FROM eventlog.partitions WHERE key = %(province)s AND key <> 'VN');

-- name: one_snapshot
-- All statements of this transaction see the same state.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
