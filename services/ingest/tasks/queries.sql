-- name: said_of
-- What was said of some tasks, over the log's index of subjects (PLAN/TASK): by units, and by operators.
SELECT e.subject, p.key, e.position, e.time, e.type, e.data FROM eventlog.events AS e
JOIN eventlog.partitions AS p USING (partition)
WHERE e.type IN ('vn.lienthong.task.accepted.v1', 'vn.lienthong.task.recorded.v1')
  AND e.type NOT IN ('vn.lienthong.report.accepted.v1', 'vn.lienthong.report.withdrawn.v1')
  AND e.subject = ANY(%(subjects)s::text[])
ORDER BY e.position;
