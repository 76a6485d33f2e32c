-- When the last event of a partition was recorded by a process that keeps this: recorded times never decrease from one
-- such event to the next, also where the server's clock was set back or the hub was restored on a machine whose clock is
-- behind. Nothing where none has been, and a process of the version before leaves it as it is.
SET LOCAL lock_timeout = '3s';  -- every accepting transaction locks a row of it
ALTER TABLE eventlog.heads ADD COLUMN recorded_at timestamptz;
