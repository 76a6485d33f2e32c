-- name: provinces
-- Every province there can be, and VN.
SELECT key FROM eventlog.partitions;

-- name: rights
-- What each client that a province keeps is called and may do, whether it still may, and which of its sources another
-- may take.
SELECT c.client_id AS id, CASE WHEN c.revoked_at IS NULL THEN 'living' ELSE 'revoked' END AS state, c.name, c.role,
       ARRAY(SELECT u FROM unnest(c.units) AS u ORDER BY u COLLATE "C") AS units,
       ARRAY(SELECT s FROM unnest(c.scopes) AS s ORDER BY s COLLATE "C") AS scopes,
       ARRAY(SELECT s.source FROM ingest.client_sources AS s WHERE s.client_id = c.client_id
             ORDER BY s.source COLLATE "C") AS sources,
       ARRAY(SELECT s.source FROM ingest.client_sources AS s
             WHERE s.client_id = c.client_id AND s.released_at IS NOT NULL ORDER BY s.source COLLATE "C") AS released,
       c.kafka_principal
FROM ingest.clients AS c
WHERE c.province = %(key)s;

-- name: secrets_of_province
-- What is stored of the secrets of a province's clients, and when each ends.
SELECT s.client_id, s.salt, s.digest, s.ends_at
FROM ingest.client_secrets AS s JOIN ingest.clients AS c USING (client_id) WHERE c.province = %(key)s;

-- name: keys_of_province
-- Public keys of a province's clients, and when each ends.
SELECT k.client_id, k.kid, k.jwk, k.ends_at
FROM ingest.client_keys AS k JOIN ingest.clients AS c USING (client_id) WHERE c.province = %(key)s;

-- name: all_signing_keys
-- Every key of access tokens that there ever was, and until when it is trusted.
SELECT kid, public_jwk, trusted_until FROM ingest.signing_keys;

-- name: real_time
-- Now, by the clock that ends secrets and keys.
SELECT clock_timestamp();

-- name: add_client
-- Insert a client; a taken id or Kafka principal violates a constraint.
INSERT INTO ingest.clients (client_id, name, province, role, units, scopes, kafka_principal)
VALUES (%(client_id)s, %(name)s, %(province)s, %(role)s, %(units)s, %(scopes)s, %(kafka_principal)s);

-- name: add_source
-- Give a client a source; one that another living client holds violates client_sources_one_holder.
INSERT INTO ingest.client_sources (source, client_id) VALUES (%(source)s, %(client_id)s);

-- name: add_secret
-- Store the digest of a fresh secret.
INSERT INTO ingest.client_secrets (client_id, salt, digest) VALUES (%(client_id)s, %(salt)s, %(digest)s);

-- name: add_key
-- Register a public key; one registered before lives again.
INSERT INTO ingest.client_keys (client_id, kid, jwk) VALUES (%(client_id)s, %(kid)s, %(jwk)s)
ON CONFLICT (client_id, kid) DO UPDATE SET ends_at = NULL;

-- name: clients
-- Clients with their sources, of one province or of all, one or all, the revoked ones where asked for.
SELECT c.client_id, c.name, c.province, c.role, c.units, c.scopes,
       ARRAY(SELECT s.source FROM ingest.client_sources AS s
             WHERE s.client_id = c.client_id AND (s.released_at IS NULL OR c.revoked_at IS NOT NULL)
             ORDER BY s.source),
       c.kafka_principal, c.generation, c.created_at, c.revoked_at
FROM ingest.clients AS c
WHERE (%(province)s::text IS NULL OR c.province = %(province)s)
  AND (%(client_id)s::text IS NULL OR c.client_id = %(client_id)s)
  AND (%(revoked)s OR c.revoked_at IS NULL)
ORDER BY c.province, c.client_id;

-- name: lock_client
-- Hold a client against changes until the transaction ends.
SELECT province, revoked_at, units FROM ingest.clients WHERE client_id = %(client_id)s FOR UPDATE;

-- name: live_secrets
-- A client's secrets that have not ended, newest first.
SELECT salt, digest, ends_at FROM ingest.client_secrets
WHERE client_id = %(client_id)s AND (ends_at IS NULL OR ends_at > clock_timestamp())
ORDER BY created_at DESC;

-- name: live_keys
-- A client's public keys that have not ended.
SELECT jwk FROM ingest.client_keys
WHERE client_id = %(client_id)s AND (ends_at IS NULL OR ends_at > clock_timestamp());

-- name: proofs
-- What tells two states of a client's secrets and keys apart: which there ever were, and when each ends.
SELECT encode(salt, 'hex') AS proof, extract(epoch FROM ends_at)::text AS ends FROM ingest.client_secrets
WHERE client_id = %(client_id)s
UNION ALL
SELECT kid, extract(epoch FROM ends_at)::text FROM ingest.client_keys WHERE client_id = %(client_id)s
ORDER BY proof;

-- name: end_secrets
-- Let the newest living secret end after the overlap, and every other one now.
UPDATE ingest.client_secrets AS s
SET ends_at = LEAST(COALESCE(s.ends_at, 'infinity'), clock_timestamp() + CASE
    WHEN s.salt = (SELECT n.salt FROM ingest.client_secrets AS n WHERE n.client_id = %(client_id)s
                   ORDER BY n.created_at DESC, n.salt LIMIT 1)
    THEN %(overlap)s ELSE interval '0' END)
WHERE s.client_id = %(client_id)s AND (s.ends_at IS NULL OR s.ends_at > clock_timestamp())
RETURNING s.salt, s.digest, s.ends_at;

-- name: end_keys
-- Let every living public key but the named ones end after the overlap.
UPDATE ingest.client_keys
SET ends_at = LEAST(COALESCE(ends_at, 'infinity'), clock_timestamp() + %(overlap)s)
WHERE client_id = %(client_id)s AND (ends_at IS NULL OR ends_at > clock_timestamp())
  AND kid <> ALL (%(keep)s::text[])
RETURNING kid, ends_at;

-- name: drop_key
-- Let one public key end now.
UPDATE ingest.client_keys SET ends_at = clock_timestamp()
WHERE client_id = %(client_id)s AND kid = %(kid)s AND (ends_at IS NULL OR ends_at > clock_timestamp());

-- name: raise_generation
-- From now on, tokens issued before are refused.
UPDATE ingest.clients SET generation = generation + 1, changed_at = clock_timestamp()
WHERE client_id = %(client_id)s;

-- name: revoke_client
-- End a client for good, with its living tokens.
UPDATE ingest.clients
SET revoked_at = clock_timestamp(), generation = generation + 1, changed_at = clock_timestamp()
WHERE client_id = %(client_id)s;

-- name: release_sources
-- The sources of a revoked client may be given to another.
UPDATE ingest.client_sources SET released_at = clock_timestamp()
WHERE client_id = %(client_id)s AND released_at IS NULL;

-- name: use_assertion
-- Remember an assertion; no row comes back when it was seen before.
INSERT INTO ingest.used_assertions (client_id, jti, expires_at)
VALUES (%(client_id)s, %(jti)s, to_timestamp(%(expires)s))
ON CONFLICT DO NOTHING RETURNING 1;

-- name: forget_assertions
-- Assertions that have expired can't come again; a few at a time, as new ones come in.
DELETE FROM ingest.used_assertions WHERE (client_id, jti) IN (
    SELECT client_id, jti FROM ingest.used_assertions
    WHERE expires_at < clock_timestamp() ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED);

-- name: signing_key
-- The key that signs now, and whether it is due to be replaced.
SELECT private_key, signs_from < clock_timestamp() - %(max_age)s::interval AS is_due
FROM ingest.signing_keys
WHERE signs_from <= clock_timestamp() AND (trusted_until IS NULL OR trusted_until > clock_timestamp())
ORDER BY signs_from DESC
LIMIT 1;

-- name: lock_signing_keys
-- One rotation at a time; signing goes on.
LOCK TABLE ingest.signing_keys IN SHARE ROW EXCLUSIVE MODE;

-- name: newest_signing_key
-- Whether the newest key, signing already or soon, is due to be replaced; no row without any.
SELECT signs_from < clock_timestamp() - %(max_age)s::interval AS is_due
FROM ingest.signing_keys
WHERE trusted_until IS NULL OR trusted_until > clock_timestamp()
ORDER BY signs_from DESC
LIMIT 1;

-- name: add_signing_key
-- Publish a key; it signs after the delay, when every verifier has read it.
INSERT INTO ingest.signing_keys (kid, public_jwk, private_key, signs_from)
VALUES (%(kid)s, %(public_jwk)s, %(private_key)s, clock_timestamp() + %(delay)s);

-- name: retire_signing_keys
-- Stop trusting every other key once its last token has expired; or at once. All of them at one moment, which comes back.
UPDATE ingest.signing_keys SET trusted_until = statement_timestamp() + %(grace)s
WHERE kid <> %(kid)s AND (trusted_until IS NULL OR trusted_until > statement_timestamp() + %(grace)s)
RETURNING trusted_until;

-- name: public_keys
-- Every key whose tokens are to be trusted now, for the JWKS.
SELECT public_jwk FROM identity.signing_keys ORDER BY kid;
