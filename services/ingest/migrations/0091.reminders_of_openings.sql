-- opened: its round was asked for, by no schedule of the plan; its units are told when it opens.
ALTER TABLE ingest.reminders
    DROP CONSTRAINT reminders_kind_check,
    ADD CONSTRAINT reminders_kind_check CHECK (kind IN ('opened', 'before', 'after', 'asked', 'digest'));
