-- Whether a report states that its form has nothing to report (không phát sinh). A process of before takes no such
-- report: its forms know no such member.
ALTER TABLE ingest.slots ADD COLUMN nil boolean NOT NULL DEFAULT false;
