-- name: registered
-- Clients by id, without their credentials.
SELECT client_id, name, province, role, units, scopes, sources, kafka_principal, active
FROM identity.registered_clients
WHERE client_id = ANY (%(clients)s);
