-- name: put_plan
-- Keeps a published version of a plan; once published it does not change.
INSERT INTO aggregate.plans (plan, version, programme, province, digest, document)
VALUES (%(plan)s, %(version)s, %(programme)s, %(province)s, %(digest)s, %(document)s)
ON CONFLICT (plan, version) DO NOTHING;

-- name: plan
-- One version of a plan.
SELECT document FROM aggregate.plans WHERE plan = %(plan)s AND version = %(version)s;

-- name: newest_plan_version
-- The number of a plan's newest version, null where it has none.
SELECT max(version) FROM aggregate.plans WHERE plan = %(plan)s;

-- name: newest_plans
-- The newest version of each plan, of one province or of all; of those that go on, or all.
SELECT plan, version FROM (
    SELECT DISTINCT ON (plan) plan, version, retired FROM aggregate.plans
    WHERE (%(province)s::text IS NULL OR province = %(province)s) ORDER BY plan, version DESC) AS newest
WHERE NOT (%(running)s AND retired) ORDER BY plan;

-- name: retire_plan
-- A plan opens no more rounds.
UPDATE aggregate.plans SET retired = true WHERE plan = %(plan)s AND version = %(version)s;

-- name: read_by_version
-- Lets the unlocked rounds of a plan be read by a new version of it.
UPDATE aggregate.rounds SET reading_version = %(version)s, changed_position = %(position)s
WHERE plan = %(plan)s AND locked_at IS NULL
RETURNING round;

-- name: put_round
-- Opens a round.
INSERT INTO aggregate.rounds (
    round, province, programme, plan, period, opened_version, reading_version, body, opened_at, changed_position
) VALUES (
    %(round)s, %(province)s, %(programme)s, %(plan)s, %(period)s, %(opened_version)s, %(reading_version)s,
    %(body)s, %(opened_at)s, %(position)s
) ON CONFLICT (round) DO NOTHING;

-- name: round
-- One round as it stands.
SELECT opened_version, reading_version, body, extensions, opened_at, locked_at, changed_position
FROM aggregate.rounds WHERE round = %(round)s;

-- name: rounds
-- Rounds by code, narrowed by province, programme, plan or period where these are given.
SELECT opened_version, reading_version, body, extensions, opened_at, locked_at, changed_position
FROM aggregate.rounds
WHERE (%(province)s::text IS NULL OR province = %(province)s)
    AND (%(programme)s::text IS NULL OR programme = %(programme)s)
    AND (%(plan)s::text IS NULL OR plan = %(plan)s)
    AND (%(period)s::text IS NULL OR period = %(period)s)
ORDER BY round;

-- name: is_programme
-- Whether a plan carries this programme out.
SELECT EXISTS (SELECT FROM aggregate.plans WHERE programme = %(programme)s);

-- name: set_body
-- Changes who is obliged in a round.
UPDATE aggregate.rounds SET body = %(body)s, changed_position = %(position)s WHERE round = %(round)s;

-- name: add_extension
-- Adds a moved deadline to a round; the original stays in its body.
UPDATE aggregate.rounds
SET extensions = extensions || %(extension)s::jsonb, changed_position = %(position)s
WHERE round = %(round)s;

-- name: lock_round
-- Locks a round. That changes nothing that a release says.
UPDATE aggregate.rounds SET locked_at = %(at)s WHERE round = %(round)s;

-- name: put_unit
-- Keeps the name of a unit from a day on.
INSERT INTO aggregate.units (province, code, valid_from, valid_to, level, full_name)
VALUES (%(province)s, %(code)s, %(valid_from)s, %(valid_to)s, %(level)s, %(full_name)s)
ON CONFLICT (province, code, valid_from) DO UPDATE
SET valid_to = EXCLUDED.valid_to, level = EXCLUDED.level, full_name = EXCLUDED.full_name;

-- name: unit_names
-- Names of units on a day; of those that were not on that day, the latest.
SELECT DISTINCT ON (code) code, full_name FROM aggregate.units
WHERE province = %(province)s AND code = ANY (%(codes)s)
ORDER BY code, (valid_from <= %(day)s AND (valid_to IS NULL OR %(day)s < valid_to)) DESC, valid_from DESC;

-- name: unit_names_on
-- Names of those of some codes that are units on a day.
SELECT DISTINCT ON (code) code, full_name FROM aggregate.units
WHERE province = %(province)s AND code = ANY (%(codes)s)
  AND valid_from <= %(day)s AND (valid_to IS NULL OR %(day)s < valid_to)
ORDER BY code, valid_from DESC;

-- name: put_population
-- Sets one year of a unit's population.
INSERT INTO aggregate.populations (province, unit, year, value, source)
VALUES (%(province)s, %(unit)s, %(year)s, %(value)s, %(source)s)
ON CONFLICT (province, unit, year) DO UPDATE SET value = EXCLUDED.value, source = EXCLUDED.source;

-- name: population
-- The population of a unit at the close of data: the latest year not after it.
SELECT value, year, source FROM aggregate.populations
WHERE province = %(province)s AND unit = %(unit)s AND year <= %(year)s
ORDER BY year DESC LIMIT 1;

-- name: populations
-- The populations of some units at the close of data: of each the latest year not after it.
SELECT DISTINCT ON (unit) unit, value, year, source FROM aggregate.populations
WHERE province = %(province)s AND unit = ANY (%(units)s) AND year <= %(year)s
ORDER BY unit, year DESC;

-- name: reports_of_units
-- What some units have reported in one form of a round.
SELECT unit, revision, figures, content_hash, position, received_at,
       coalesce(first_received_at, received_at), late,
       CASE WHEN review_revision = revision THEN review END, nil
FROM aggregate.reports
WHERE round = %(round)s AND form = %(form)s AND unit = ANY (%(units)s);

-- name: reports_of_form
-- Every report of one form of a round.
SELECT unit, revision, figures, content_hash, position, received_at,
       coalesce(first_received_at, received_at), late,
       CASE WHEN review_revision = revision THEN review END, nil
FROM aggregate.reports
WHERE round = %(round)s AND form = %(form)s
ORDER BY unit;

-- name: reporters
-- Who has a standing report in each form of some rounds.
SELECT round, form, array_agg(unit) FROM aggregate.reports
WHERE round = ANY (%(rounds)s) AND figures IS NOT NULL
  AND (review = 'returned' AND review_revision = revision) IS NOT TRUE
GROUP BY round, form;

-- name: copy_reports
-- Writes first reports in bulk.
COPY aggregate.reports (
    revision, figures, content_hash, position, received_at, first_received_at, late, nil, round, form, unit
) FROM STDIN;

-- name: add_report
-- Writes a first report.
INSERT INTO aggregate.reports (
    revision, figures, content_hash, position, received_at, first_received_at, late, nil, round, form, unit
) VALUES (%s, %s::bigint[], %s, %s, %s, %s, %s, %s, %s, %s, %s);

-- name: replace_report
-- Replaces a report by its latest revision, or by its withdrawal.
UPDATE aggregate.reports
SET revision = %s, figures = %s::bigint[], content_hash = %s, position = %s, received_at = %s, first_received_at = %s,
    late = %s, nil = %s
WHERE round = %s AND form = %s AND unit = %s;

-- name: nil_reports
-- The units that state that a form has nothing to report, by round and form.
SELECT r.round, r.form, array_agg(r.unit) FROM aggregate.reports AS r
WHERE r.round = ANY (%(rounds)s) AND r.nil GROUP BY r.round, r.form;

-- name: set_late
-- Judges the lateness of some units' reports anew: a deadline moved.
UPDATE aggregate.reports AS r SET late = judged.late
FROM unnest(%(units)s::text[], %(late)s::boolean[]) AS judged (unit, late)
WHERE r.round = %(round)s AND r.form = %(form)s AND r.unit = judged.unit;

-- name: set_review
-- What the via unit did with a revision; once a higher one has come it says nothing any more.
UPDATE aggregate.reports SET review = %(review)s, review_revision = revision, review_position = %(position)s
WHERE round = %(round)s AND form = %(form)s AND unit = %(unit)s AND revision = %(revision)s;

-- name: put_query
-- A query on a revision.
INSERT INTO aggregate.queries (round, form, unit, revision, check_code, figure, message_vi, message_en)
VALUES (%(round)s, %(form)s, %(unit)s, %(revision)s, %(check_code)s, %(figure)s, %(message_vi)s, %(message_en)s);

-- name: put_explanation
-- What was said of a query.
INSERT INTO aggregate.explanations (province, position, number, round, form, unit, revision, check_code, text, said_at)
VALUES (%(province)s, %(position)s, %(number)s, %(round)s, %(form)s, %(unit)s, %(revision)s, %(check_code)s, %(text)s,
        %(said_at)s);

-- name: empty_explanations
-- Explanations of one event whose text was redacted.
UPDATE aggregate.explanations SET text = ''
WHERE province = %(province)s AND position = %(position)s AND number = ANY(%(numbers)s::smallint[]);

-- name: queries_of_round
-- The queries on all revisions of a round's reports.
SELECT round, form, unit, revision, check_code, figure, message_vi, message_en
FROM aggregate.queries WHERE round = %(round)s ORDER BY form, unit, revision, check_code;

-- name: explanations_of_round
-- What was said of the queries of a round, in order.
SELECT province, position, number, round, form, unit, revision, check_code, text, said_at
FROM aggregate.explanations WHERE round = %(round)s ORDER BY position, number;

-- name: rollup
-- One rollup.
SELECT layout, slots FROM aggregate.rollups WHERE round = %(round)s AND form = %(form)s;

-- name: rollups
-- The rollups of some rounds.
SELECT round, form, layout, slots FROM aggregate.rollups WHERE round = ANY (%(rounds)s);

-- name: put_rollup
-- Writes a rollup; only the worker that holds the partition does.
INSERT INTO aggregate.rollups (round, form, layout, slots)
VALUES (%s, %s, %s, %s::bigint[])
ON CONFLICT (round, form) DO UPDATE SET layout = EXCLUDED.layout, slots = EXCLUDED.slots;

-- name: put_release
-- Keeps a release; one made before stays as it is.
INSERT INTO aggregate.releases (
    release, round, version, position, signed_at, recipients, digest, recomputed, dataset
) VALUES (
    %(release)s, %(round)s, %(version)s, %(position)s, %(signed_at)s, %(recipients)s, %(digest)s,
    %(recomputed)s, %(dataset)s
) ON CONFLICT (release) DO NOTHING;

-- name: latest_dataset
-- The dataset of the round's latest release.
SELECT dataset FROM aggregate.releases WHERE round = %(round)s ORDER BY version DESC LIMIT 1;

-- name: withdraw_release
-- A release is taken back.
UPDATE aggregate.releases SET withdrawn_at = %(at)s WHERE release = %(release)s;

-- name: releases
-- The releases of some rounds, without their datasets.
SELECT release, round, version, position, signed_at, recipients, digest, withdrawn_at
FROM aggregate.releases WHERE round = ANY (%(rounds)s) ORDER BY round, version;

-- name: release
-- One release.
SELECT release, round, version, position, signed_at, recipients, digest, withdrawn_at, dataset
FROM aggregate.releases WHERE release = %(release)s;

-- name: diverged
-- Releases whose replay made another dataset than the log holds.
SELECT release, digest, recomputed FROM aggregate.releases WHERE digest <> recomputed ORDER BY release;

-- name: releases_of_partition
-- Every release of a partition's rounds with the digest of its dataset's text, for verifying.
SELECT l.release, l.position, l.digest, l.recomputed,
    'sha256:' || encode(sha256(convert_to(l.dataset, 'UTF8')), 'hex') AS of_text
FROM aggregate.releases AS l JOIN aggregate.rounds AS r USING (round)
WHERE r.province = %(key)s ORDER BY l.release;

-- name: pending
-- Reports that came, were withdrawn or were returned after a position.
SELECT form, unit, revision, figures IS NULL AS withdrawn, late, received_at,
       coalesce(first_received_at, received_at) AS first_received_at, position,
       (review = 'returned' AND review_revision = revision) IS TRUE AS returned
FROM aggregate.reports
WHERE round = %(round)s
  AND (position > %(position)s OR (review = 'returned' AND review_position > %(position)s))
ORDER BY position;

-- name: forget_everything
-- Empties every table of aggregate, to be filled again from the log.
TRUNCATE aggregate.plans, aggregate.rounds, aggregate.units, aggregate.populations, aggregate.reports,
    aggregate.rollups, aggregate.releases, aggregate.queries, aggregate.explanations;

-- name: forget_positions
-- Lets the consumer begin again in every partition.
DELETE FROM eventlog.positions WHERE consumer = %(consumer)s;

-- name: one_snapshot
-- Lets every query of this transaction see the same moment.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;

-- name: consumed
-- How far aggregate has come in one partition.
SELECT s.position FROM eventlog.positions AS s JOIN eventlog.partitions AS p USING (partition)
WHERE s.consumer = %(consumer)s AND p.key = %(key)s;
