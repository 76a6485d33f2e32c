-- When the first accepted revision of a report came: by it alone a unit is late. Null in rows that processes of before
-- wrote: then the latest revision's time stands for it, until `lienthong replay` counts anew.
ALTER TABLE aggregate.reports ADD COLUMN first_received_at timestamptz;
COMMENT ON COLUMN aggregate.reports.late IS 'The first accepted revision came after the deadline, as that stands with every extension.';
