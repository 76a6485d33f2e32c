-- name: supplied_of
-- What systems supplied for one report, over the log's index of subjects (ROUND/FORM/UNIT), in order.
SELECT p.key, e.position, e.time, e.data FROM eventlog.events AS e
JOIN eventlog.partitions AS p USING (partition)
WHERE e.type = 'vn.lienthong.figures.accepted.v1'
  AND e.type NOT IN ('vn.lienthong.report.accepted.v1', 'vn.lienthong.report.withdrawn.v1')
  AND e.subject = %(subject)s
ORDER BY e.position;

-- name: supplied_of_units
-- What systems supplied for these reports (ROUND/FORM/UNIT), in order.
SELECT e.subject, p.key, e.position, e.time, e.data FROM eventlog.events AS e
JOIN eventlog.partitions AS p USING (partition)
WHERE e.type = 'vn.lienthong.figures.accepted.v1'
  AND e.type NOT IN ('vn.lienthong.report.accepted.v1', 'vn.lienthong.report.withdrawn.v1')
  AND e.subject = ANY(%(subjects)s::text[])
ORDER BY e.subject, e.position;

-- name: assembled_reports
-- The revisions of a form's reports by these units that say what they were assembled from, with those receipts.
SELECT l.unit, l.revision, ARRAY(SELECT jsonb_array_elements_text(e.data::jsonb #> '{report,assembledFrom}')) AS receipts
FROM ingest.ledger AS l JOIN eventlog.events AS e USING (partition, position)
WHERE l.round = %(round)s AND l.form = %(form)s AND l.unit = ANY(%(units)s::text[])
  AND l.type = 'vn.lienthong.report.submitted.v1' AND strpos(e.data, '"assembledFrom":') > 0
  AND jsonb_typeof(e.data::jsonb #> '{report,assembledFrom}') = 'array'
ORDER BY l.unit, l.revision;
