-- A receipt is for ever: the ledger is only added to. A redaction changes the salt, so that an erased text can't be
-- guessed from its hash.
CREATE TRIGGER ledger_never_removed BEFORE DELETE ON ingest.ledger
FOR EACH ROW EXECUTE FUNCTION eventlog.refuse_change();
CREATE TRIGGER ledger_never_emptied BEFORE TRUNCATE ON ingest.ledger
FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_change();

-- The role begins with every right on tables of its schema; what it never does is taken back, also for tables to come.
REVOKE DELETE, TRUNCATE ON ALL TABLES IN SCHEMA ingest FROM lienthong_ingest;
ALTER DEFAULT PRIVILEGES IN SCHEMA ingest REVOKE DELETE, TRUNCATE ON TABLES FROM lienthong_ingest;
GRANT DELETE ON ingest.refusals, ingest.outbox, ingest.inbound TO lienthong_ingest;  -- their retention is over one day
REVOKE UPDATE ON ingest.ledger FROM lienthong_ingest;
GRANT UPDATE (salt) ON ingest.ledger TO lienthong_ingest;
