-- The platform's own small store. SQLite.
CREATE TABLE IF NOT EXISTS senders (id TEXT PRIMARY KEY, secret TEXT NOT NULL, province TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id TEXT NOT NULL, sender TEXT NOT NULL, type TEXT NOT NULL, kind TEXT NOT NULL,
    id TEXT NOT NULL, version INTEGER NOT NULL, digest TEXT NOT NULL, title TEXT NOT NULL, sample INTEGER NOT NULL, body BLOB NOT NULL, received_at TEXT NOT NULL,
    UNIQUE (sender, webhook_id),
    UNIQUE (sender, type, id, version)
) STRICT;
CREATE INDEX IF NOT EXISTS messages_of_subject ON messages (sender, kind, id, version);
