-- Who is told when a unit owes a report: by mail, or by a webhook of the unit's own system. An empty row is one that was
-- removed.
CREATE TABLE ingest.contacts (
    unit text COLLATE "C" PRIMARY KEY,
    province text NOT NULL,
    mails text[] NOT NULL,
    webhook text,
    reach text NOT NULL DEFAULT 'public' CHECK (reach IN ('public', 'private', 'loopback')),
    secret text,
    set_by text NOT NULL,
    set_at timestamptz NOT NULL,
    CHECK ((webhook IS NULL) = (secret IS NULL))
);

-- Every reminder and digest, once for each way it goes. key: what it is about; whoever writes the row first sends it.
--   waiting     asked for, or to be tried again from next_at on
--   sending     claimed; a process that dies now leaves it so, and it becomes `unknown`: it may have gone out, and is
--               not sent a second time
--   sent, failed, unknown, no_contact, settled (the report came before it went out)
CREATE TABLE ingest.reminders (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text COLLATE "C" NOT NULL,
    channel text NOT NULL CHECK (channel IN ('mail', 'webhook', 'none')),
    round text COLLATE "C" NOT NULL,
    province text NOT NULL,
    issuer text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('before', 'after', 'asked', 'digest')),
    days integer NOT NULL,
    deadline timestamptz,
    forms text[] NOT NULL,
    state text NOT NULL CHECK (state IN (
        'waiting', 'sending', 'sent', 'failed', 'unknown', 'no_contact', 'settled')),
    attempts integer NOT NULL DEFAULT 0,
    detail text NOT NULL DEFAULT '',
    asked_by text,
    made_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    claimed_at timestamptz,
    sent_at timestamptz,
    UNIQUE (key, channel)
);
CREATE INDEX reminders_of_province ON ingest.reminders (province, number);
CREATE INDEX reminders_of_round ON ingest.reminders (round, number);
CREATE INDEX reminders_to_send ON ingest.reminders (next_at) WHERE state IN ('waiting', 'sending');
