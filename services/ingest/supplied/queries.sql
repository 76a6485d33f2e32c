-- name: supplied_of
-- What systems supplied for one report, over the log's index of subjects (ROUND/FORM/UNIT), in order.
SELECT p.key, e.position, e.time, e.data FROM eventlog.events AS e
JOIN eventlog.partitions AS p USING (partition)
WHERE e.type = 'vn.lienthong.figures.accepted.v1'
  AND e.type NOT IN ('vn.lienthong.report.accepted.v1', 'vn.lienthong.report.withdrawn.v1')
  AND e.subject = %(subject)s
ORDER BY e.position;
