-- Outside a transaction.
-- Receipts of a unit, page by page: without it each page of one commune reads the whole province's ledger.
CREATE INDEX CONCURRENTLY IF NOT EXISTS ledger_by_unit ON ingest.ledger (unit, position);
