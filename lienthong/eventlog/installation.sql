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

-- name: epoch_began
-- When the epoch began, by the hub's clock: a restore makes its number of the seconds since 2025. Nothing in the first.
SELECT timestamptz '2025-01-01 00:00:00+00' + make_interval(secs => epoch) + (eventlog.hub_now() - clock_timestamp())
FROM eventlog.installation WHERE epoch > 1;
