-- What the via unit last did with a revision of a report. A returned one is kept, and counts no more until a higher
-- revision comes: what stands here speaks of review_revision alone.
ALTER TABLE aggregate.reports ADD COLUMN review text CHECK (review IN ('returned', 'passed_on'));
ALTER TABLE aggregate.reports ADD COLUMN review_revision integer;
ALTER TABLE aggregate.reports ADD COLUMN review_position bigint;
