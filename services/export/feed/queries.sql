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

-- name: hub_now
-- The hub's clock, which decides whether a cursor has expired.
SELECT eventlog.hub_now();

-- name: one_snapshot
-- All statements of this transaction see the same state.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
