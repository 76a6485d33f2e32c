-- name: provinces
-- Every province there can be, and VN.
SELECT key FROM eventlog.partitions;

-- name: rights
-- What each person that a province keeps is called and may do, whether it still may, and by what a provider knows it.
SELECT p.person AS id, CASE WHEN p.disabled_at IS NULL THEN 'living' ELSE 'disabled' END AS state, p.name, p.email,
       ARRAY(SELECT json_build_array(b.role, b.province, b.units) FROM identity.bindings AS b
             WHERE b.person = p.person
             ORDER BY b.role COLLATE "C", b.province COLLATE "C", b.units COLLATE "C") AS roles,
       (SELECT coalesce(json_object_agg(s.issuer, s.subject), '{}') FROM identity.subjects AS s
        WHERE s.person = p.person) AS subjects
FROM identity.people AS p
WHERE p.province = %(key)s;

-- name: add_person
-- Insert a person; a taken name or address violates a constraint.
INSERT INTO identity.people (person, name, email, province)
VALUES (%(person)s, %(name)s, %(email)s, %(province)s);

-- name: add_binding
-- Give a role.
INSERT INTO identity.bindings (person, role, province, units)
VALUES (%(person)s, %(role)s, %(province)s, %(units)s);

-- name: drop_bindings
-- Take all roles away, to give others in the same transaction.
DELETE FROM identity.bindings WHERE person = %(person)s;

-- name: people
-- People with their roles: of a province (kept by it, or with a role in it), one or all.
SELECT p.person, p.name, p.email, p.province,
       ARRAY(SELECT json_build_array(b.role, b.province, b.units) FROM identity.bindings AS b
             WHERE b.person = p.person ORDER BY b.province, b.role),
       p.generation, p.created_at, p.disabled_at, w.person IS NOT NULL, coalesce(w.temporary, false),
       f.confirmed_at IS NOT NULL
FROM identity.people AS p
LEFT JOIN identity.passwords AS w USING (person)
LEFT JOIN identity.second_factors AS f USING (person)
WHERE (%(person)s::text IS NULL OR p.person = %(person)s)
  AND (%(province)s::text IS NULL OR p.province = %(province)s
       OR EXISTS (SELECT FROM identity.bindings AS b WHERE b.person = p.person AND b.province = %(province)s))
  AND (%(disabled)s OR p.disabled_at IS NULL)
  AND (%(after)s::text IS NULL OR p.person > %(after)s)
ORDER BY p.person
LIMIT %(limit)s;

-- name: lock_person
-- Hold a person against changes until the transaction ends. Whoever changes what belongs to a person (its sessions, its
-- password, its second factor) takes this lock first: in another order two of them would wait for each other.
SELECT 1 FROM identity.people WHERE person = %(person)s FOR UPDATE;

-- name: raise_generation
-- From now on, tokens issued before are refused.
UPDATE identity.people SET generation = generation + 1, changed_at = clock_timestamp() WHERE person = %(person)s;

-- name: rename
-- Another name or address for a person.
UPDATE identity.people SET name = %(name)s, email = %(email)s WHERE person = %(person)s;

-- name: disable
-- Nobody logs in by this name any more.
UPDATE identity.people SET disabled_at = clock_timestamp() WHERE person = %(person)s AND disabled_at IS NULL;

-- name: enable
-- The person may log in again.
UPDATE identity.people SET disabled_at = NULL WHERE person = %(person)s AND disabled_at IS NOT NULL;

-- name: end_sessions
-- End a person's sessions, all but the one named.
UPDATE identity.sessions SET ended_at = clock_timestamp()
WHERE person = %(person)s AND ended_at IS NULL AND session IS DISTINCT FROM %(keep)s;

-- name: set_password
-- A person's password from now on.
INSERT INTO identity.passwords (person, digest, temporary) VALUES (%(person)s, %(digest)s, %(temporary)s)
ON CONFLICT (person) DO UPDATE SET digest = EXCLUDED.digest, temporary = EXCLUDED.temporary,
    set_at = clock_timestamp();

-- name: password
-- The digest of a person's password.
SELECT digest FROM identity.passwords WHERE person = %(person)s;

-- name: set_subject
-- Who a person is at a provider; another subject takes the place of the one before.
INSERT INTO identity.subjects (issuer, subject, person) VALUES (%(issuer)s, %(subject)s, %(person)s)
ON CONFLICT (person, issuer) DO UPDATE SET subject = EXCLUDED.subject, since = clock_timestamp();

-- name: by_subject
-- Whom a provider's subject stands for.
SELECT person FROM identity.subjects WHERE issuer = %(issuer)s AND subject = %(subject)s;

-- name: by_email
-- Whose address it is, unless that person is known at the provider by another subject.
SELECT p.person FROM identity.people AS p
WHERE lower(p.email) = lower(%(email)s)
  AND NOT EXISTS (SELECT FROM identity.subjects AS s WHERE s.person = p.person AND s.issuer = %(issuer)s);

-- name: propose_factor
-- A secret that counts once a code of it was given; one that counts already stays until then.
INSERT INTO identity.second_factors (person, secret) VALUES (%(person)s, %(secret)s)
ON CONFLICT (person) DO UPDATE SET secret = EXCLUDED.secret, last_step = 0
WHERE second_factors.confirmed_at IS NULL;

-- name: factor
-- A person's second factor, held until the transaction ends: a code is used once.
SELECT secret, confirmed_at IS NOT NULL, last_step FROM identity.second_factors WHERE person = %(person)s FOR UPDATE;

-- name: use_step
-- A code was used, and with the first one the factor counts.
UPDATE identity.second_factors
SET last_step = %(step)s, confirmed_at = coalesce(confirmed_at, clock_timestamp())
WHERE person = %(person)s AND last_step < %(step)s;

-- name: give_factor
-- A second factor that counts at once.
INSERT INTO identity.second_factors (person, secret, confirmed_at) VALUES (%(person)s, %(secret)s, clock_timestamp());

-- name: drop_factor
-- The second factor is gone; the next login asks for a new one where the roles need it.
DELETE FROM identity.second_factors WHERE person = %(person)s;

-- name: drop_recovery_codes
-- Recovery codes go with their factor, or before new ones.
DELETE FROM identity.recovery_codes WHERE person = %(person)s;

-- name: add_recovery_code
-- One code that may stand in for the second factor.
INSERT INTO identity.recovery_codes (person, digest) VALUES (%(person)s, %(digest)s);

-- name: use_recovery_code
-- Use a code up; no row comes back when there is none such, or it was used.
UPDATE identity.recovery_codes SET used_at = clock_timestamp()
WHERE person = %(person)s AND digest = %(digest)s AND used_at IS NULL RETURNING 1;
