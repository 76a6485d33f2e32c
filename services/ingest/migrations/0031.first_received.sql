-- When the first accepted revision of a report came: by it alone a unit is late. Null in rows that processes of before
-- write; who reads then asks the ledger.
ALTER TABLE ingest.slots ADD COLUMN first_received_at timestamptz;
COMMENT ON COLUMN ingest.slots.late IS 'Of the latest accepted event, as its receipt said; lateness as it stands follows from first_received_at and the extensions.';
