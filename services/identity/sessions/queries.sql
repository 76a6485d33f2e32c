-- name: failures
-- How often something failed in its window, and seconds until the window ends.
SELECT count, extract(epoch FROM began + %(window)s - clock_timestamp())::double precision
FROM identity.failures WHERE key = %(key)s AND began + %(window)s > clock_timestamp();

-- name: count_failure
-- Count once; a window that is over begins anew.
INSERT INTO identity.failures AS f (key, began, count) VALUES (%(key)s, clock_timestamp(), 1)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN f.began + %(window)s > clock_timestamp() THEN f.count + 1 ELSE 1 END,
    began = CASE WHEN f.began + %(window)s > clock_timestamp() THEN f.began ELSE clock_timestamp() END
RETURNING count;

-- name: forget_failures
-- Windows that are over, a few at a time as new ones come in. No window is longer than a day.
DELETE FROM identity.failures WHERE key IN (
    SELECT key FROM identity.failures WHERE began < clock_timestamp() - interval '1 day'
    ORDER BY began LIMIT 20 FOR UPDATE SKIP LOCKED);

-- name: begin
-- A new session.
INSERT INTO identity.sessions (session, digest, person, province, made_by, second_factor_at, ends_at, address, agent)
VALUES (%(session)s, %(digest)s, %(person)s, %(province)s, %(made_by)s,
        CASE WHEN %(proven)s THEN clock_timestamp() END, clock_timestamp() + %(life)s, %(address)s, %(agent)s);

-- name: session
-- The session of a cookie, unless it has ended; and the database's time.
SELECT session, person, province, made_by, second_factor_at, wrong_codes, created_at, seen_at, ends_at, address, agent,
       clock_timestamp() AS now
FROM identity.sessions WHERE digest = %(digest)s AND ended_at IS NULL;

-- name: seen
-- Somebody is still there.
UPDATE identity.sessions SET seen_at = clock_timestamp() WHERE session = %(session)s;

-- name: sessions_of
-- A person's sessions that have not ended, newest first; idle ones are for the caller to leave out.
SELECT session, person, province, made_by, second_factor_at, wrong_codes, created_at, seen_at, ends_at, address, agent,
       clock_timestamp() AS now
FROM identity.sessions WHERE person = %(person)s AND ended_at IS NULL AND ends_at > clock_timestamp()
ORDER BY created_at DESC LIMIT 100;

-- name: end
-- End one session of a person.
UPDATE identity.sessions SET ended_at = clock_timestamp()
WHERE session = %(session)s AND person = %(person)s AND ended_at IS NULL RETURNING 1;

-- name: proven
-- The second factor was given.
UPDATE identity.sessions SET second_factor_at = clock_timestamp(), wrong_codes = 0 WHERE session = %(session)s;

-- name: wrong_code
-- A wrong code; how many of this session.
UPDATE identity.sessions SET wrong_codes = wrong_codes + 1 WHERE session = %(session)s RETURNING wrong_codes;

-- name: renew
-- Another cookie for the same session: what was known before a proof is worth nothing after it.
UPDATE identity.sessions SET digest = %(digest)s WHERE session = %(session)s;

-- name: act_in
-- From now on the session acts in another province.
UPDATE identity.sessions SET province = %(province)s WHERE session = %(session)s;

-- name: forget_sessions
-- Sessions long over, a few at a time as new ones begin: the audit log keeps what matters.
DELETE FROM identity.sessions WHERE session IN (
    SELECT session FROM identity.sessions WHERE ends_at < clock_timestamp() - interval '30 days'
    ORDER BY ends_at LIMIT 20 FOR UPDATE SKIP LOCKED);

-- name: knows_device
-- Whether the person has logged in with this browser within half a year.
SELECT 1 FROM identity.devices
WHERE digest = %(digest)s AND person = %(person)s AND seen_at > clock_timestamp() - interval '180 days';

-- name: remember_device
-- The person has logged in with this browser.
INSERT INTO identity.devices (digest, person) VALUES (%(digest)s, %(person)s)
ON CONFLICT (digest, person) DO UPDATE SET seen_at = clock_timestamp();

-- name: forget_devices
-- Browsers not used for half a year, a few at a time.
DELETE FROM identity.devices WHERE (digest, person) IN (
    SELECT digest, person FROM identity.devices WHERE seen_at < clock_timestamp() - interval '180 days'
    ORDER BY seen_at LIMIT 20 FOR UPDATE SKIP LOCKED);

-- name: begin_flow
-- A login on its way through the provider.
INSERT INTO identity.oidc_flows (state, browser, nonce, verifier, back_to, failed_to, ends_at)
VALUES (%(state)s, %(browser)s, %(nonce)s, %(verifier)s, %(back_to)s, %(failed_to)s, clock_timestamp() + %(life)s);

-- name: take_flow
-- The login that comes back: each state once, in the browser that began it.
DELETE FROM identity.oidc_flows WHERE state = %(state)s
RETURNING browser, nonce, verifier, back_to, failed_to, ends_at > clock_timestamp() AS living;

-- name: forget_flows
-- Logins that never came back.
DELETE FROM identity.oidc_flows WHERE state IN (
    SELECT state FROM identity.oidc_flows WHERE ends_at < clock_timestamp() LIMIT 20 FOR UPDATE SKIP LOCKED);
