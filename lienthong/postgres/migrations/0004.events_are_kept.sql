-- What the log holds is never changed and never removed, whoever asks: the owner too. A redaction takes texts out of
-- the data and nothing else. A restore loads an empty database with these triggers asleep.
CREATE FUNCTION eventlog.refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION '%.% is never changed', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER events_never_removed BEFORE DELETE ON eventlog.events
FOR EACH ROW EXECUTE FUNCTION eventlog.refuse_change();
CREATE TRIGGER events_never_emptied BEFORE TRUNCATE ON eventlog.events
FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_change();
CREATE TRIGGER events_keep_all_but_texts BEFORE UPDATE ON eventlog.events
FOR EACH ROW WHEN (
    (OLD.partition, OLD.position, OLD.recorded_at, OLD.time, OLD.type, OLD.source, OLD.id, OLD.seal, OLD.link)
    IS DISTINCT FROM
    (NEW.partition, NEW.position, NEW.recorded_at, NEW.time, NEW.type, NEW.source, NEW.id, NEW.seal, NEW.link)
    OR (OLD.subject, OLD.correlation_id, OLD.causation_id, OLD.traceparent)
    IS DISTINCT FROM (NEW.subject, NEW.correlation_id, NEW.causation_id, NEW.traceparent)
) EXECUTE FUNCTION eventlog.refuse_change();

-- Every service writes events of its own and advances positions; none removes anything of the log.
REVOKE DELETE, TRUNCATE ON eventlog.events, eventlog.heads FROM lienthong_ingest, lienthong_aggregate, lienthong_export;
