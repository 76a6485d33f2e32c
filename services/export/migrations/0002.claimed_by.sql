-- Who has a claim: the seat of a worker, an advisory lock of its session (services/export/presence.py). When the
-- session is gone the claim is free at once; NULL, as a worker of an older version leaves it, waits for claimed_until.
ALTER TABLE export.deliveries ADD COLUMN claimed_by integer;
