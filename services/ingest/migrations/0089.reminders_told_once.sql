-- overtaken: nothing was sent, because its moment had lost its sense before it could go out (the deadline it announced
-- had passed, the round was locked, the next moment had come).
ALTER TABLE ingest.reminders
    DROP CONSTRAINT reminders_state_check,
    ADD CONSTRAINT reminders_state_check CHECK (state IN (
        'waiting', 'sending', 'sent', 'failed', 'unknown', 'no_contact', 'settled', 'overtaken'));

-- Looked through every few seconds for those whose unit has got a contact.
CREATE INDEX reminders_unreached ON ingest.reminders (unit) WHERE state = 'no_contact';
