-- A plan that is published late leaves the rounds alone that were over by then: nobody could report in time for them.

ALTER TABLE ingest.plans ADD COLUMN opens_from date;
COMMENT ON COLUMN ingest.plans.opens_from IS 'Planned rounds whose close of data lies before it never open; NULL: all do.';
