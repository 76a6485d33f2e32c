-- A release that was taken back stays, and says since when.
ALTER TABLE aggregate.releases ADD COLUMN withdrawn_at timestamptz;
