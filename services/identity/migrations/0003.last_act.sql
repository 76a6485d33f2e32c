-- Who changed a thing last, for whoever wanted to change it too: a service learns of one thing that it holds itself, and
-- reads no audit log.

CREATE FUNCTION identity.last_act(province text, subject text, acts text[])
RETURNS TABLE (actor text, at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog
AS 'SELECT a.actor, a.at FROM ingest.audit AS a
    WHERE a.province = $1 AND a.subject = $2 AND a.act = ANY ($3)
    ORDER BY a.seq DESC LIMIT 1';
REVOKE EXECUTE ON FUNCTION identity.last_act FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.last_act TO lienthong_ingest, lienthong_export, lienthong_identity;
