-- name: now
-- The hub's clock.
SELECT eventlog.hub_now();

-- name: installation
-- What this installation is.
SELECT sample, epoch, created_at, chain_seed FROM eventlog.installation;

-- name: become_sample
-- Turns an empty log into one of sample data; a trigger refuses it later.
UPDATE eventlog.installation SET sample = true WHERE NOT sample;

-- name: set_clock
-- Lets the clock run on from an instant.
UPDATE eventlog.installation SET clock_offset = %(instant)s - clock_timestamp();
