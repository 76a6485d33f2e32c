-- A plan that is retired opens no more rounds; publishing it again takes that back.

ALTER TABLE ingest.plans ADD COLUMN last_close date;
COMMENT ON COLUMN ingest.plans.last_close IS 'Planned rounds whose close of data lies after it never open; NULL: all do.';
