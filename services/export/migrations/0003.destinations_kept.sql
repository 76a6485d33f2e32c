-- Destinations live on: edited, paused with a reason, given a new secret that the old one overlaps, and removed without
-- losing the record of what was sent. Columns have defaults: a process of an older version goes on beside this one.
ALTER TABLE export.destinations
    -- How a message is written for it (services/export/mappings.py).
    ADD COLUMN mapping text NOT NULL DEFAULT 'platform',
    -- Signs beside the secret until former_until, real time.
    ADD COLUMN former_secret text,
    ADD COLUMN former_until timestamptz,
    -- Why and since when it is not active; a removed one is not active either.
    ADD COLUMN paused_reason text,
    ADD COLUMN paused_at timestamptz,
    ADD COLUMN removed_at timestamptz;
