-- Outside a transaction.
-- An overview counts the difficulties without an answer each minute; they are few among a province's reports of years.
CREATE INDEX CONCURRENTLY IF NOT EXISTS ledger_of_difficulties ON ingest.ledger (province, position)
    WHERE type = 'vn.lienthong.difficulty.raised.v1';
