-- Plans that were retired: their rounds ahead are not shown as planned.

ALTER TABLE aggregate.plans ADD COLUMN retired boolean NOT NULL DEFAULT false;
