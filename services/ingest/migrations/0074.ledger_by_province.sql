-- Outside a transaction.
-- The same of a province: positions are those of its partition, which a question for a province does not name.
CREATE INDEX CONCURRENTLY IF NOT EXISTS ledger_by_province ON ingest.ledger (province, position);
