-- name: signing_keys
-- Public keys whose tokens are to be trusted now.
SELECT kid, public_jwk FROM identity.signing_keys;

-- name: changed_clients
-- The lowest generation still good, for every client changed within the life of a token.
SELECT client_id, generation FROM identity.changed_clients;
