-- Whether a report states that its form has nothing to report (không phát sinh). Its figures are all null: it counts as
-- reported, and no figure of it is missing or zero.
ALTER TABLE aggregate.reports ADD COLUMN nil boolean NOT NULL DEFAULT false;
