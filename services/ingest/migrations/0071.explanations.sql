-- What a report, or an explanation that came after it, says of queries (checks of severity warning that failed): JSON,
-- [{check, text}]. It stands with the ledger's row as the warnings do, so that lists need not open every event.

ALTER TABLE ingest.ledger ADD COLUMN explanations text NOT NULL DEFAULT '[]';
COMMENT ON COLUMN ingest.ledger.explanations IS 'JSON: [{check, text}]; a redacted text is empty.';

-- Which reports have queries is asked by round; few have any.
CREATE INDEX ledger_with_queries ON ingest.ledger (round, form, unit) WHERE warnings <> '[]';

-- A text can be redacted; nothing else of a row ever changes but its salt.
GRANT UPDATE (explanations) ON ingest.ledger TO lienthong_ingest;
