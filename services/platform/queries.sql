-- name: seen
-- What came under a webhook-id of a sender.
SELECT webhook_id, sender, type, kind, id, version, digest, title, sample, body FROM messages
WHERE sender = :sender AND webhook_id = :webhook_id;

-- name: same_version
-- What is held of one type, id and version.
SELECT webhook_id, sender, type, kind, id, version, digest, title, sample, body FROM messages
WHERE sender = :sender AND type = :type AND id = :id AND version = :version;

-- name: current
-- What is in force for a subject: the highest version, its withdrawal before itself.
SELECT webhook_id, sender, type, kind, id, version, digest, title, sample, body FROM messages
WHERE sender = :sender AND kind = :kind AND id = :id
ORDER BY version DESC, type LIKE '%.withdrawn' DESC LIMIT 1;

-- name: of_version
-- An earlier version of a subject, from the history.
SELECT webhook_id, sender, type, kind, id, version, digest, title, sample, body FROM messages
WHERE sender = :sender AND kind = :kind AND id = :id AND version = :version
ORDER BY type LIKE '%.withdrawn' DESC LIMIT 1;

-- name: keep
-- Store a message.
INSERT INTO messages (webhook_id, sender, type, kind, id, version, digest, title, sample, body, received_at)
VALUES (:webhook_id, :sender, :type, :kind, :id, :version, :digest, :title, :sample, :body, :received_at);

-- name: held
-- What is in force for every subject of a kind, in order of id, after an id.
SELECT id, version, digest, type FROM (
    SELECT id, version, digest, type,
           row_number() OVER (PARTITION BY id ORDER BY version DESC, type LIKE '%.withdrawn' DESC) AS place
    FROM messages WHERE sender = :sender AND kind = :kind AND id > :after
) WHERE place = 1 ORDER BY id LIMIT :limit;

-- name: arrived
-- The last messages of all senders, newest first, for the page.
SELECT number, webhook_id, sender, type, kind, id, version, digest, title, sample, received_at FROM messages
ORDER BY number DESC LIMIT :limit;

-- name: message
-- One message by its number, for the page.
SELECT number, webhook_id, sender, type, kind, id, version, digest, title, sample, received_at, body FROM messages
WHERE number = :number;

-- name: counts
-- How many messages of each type came.
SELECT type, count(*) AS count FROM messages GROUP BY type ORDER BY type;

-- name: sender
-- A sender, the secret shared with it, and the province that it speaks for.
SELECT id, secret, province FROM senders WHERE id = :id;

-- name: put_sender
-- Add a sender, or change its secret.
INSERT INTO senders (id, secret, province) VALUES (:id, :secret, :province)
ON CONFLICT (id) DO UPDATE SET secret = excluded.secret, province = excluded.province;

-- name: published
-- What is shown now, of all senders, in the order in which it changed: an item that changes goes to the end.
SELECT number, sender, id, version, type, body FROM (
    SELECT number, sender, id, version, type, body,
           row_number() OVER (PARTITION BY sender, id ORDER BY version DESC, type LIKE '%.withdrawn' DESC) AS place
    FROM messages WHERE kind = 'content'
) WHERE place = 1 AND number > :after ORDER BY number LIMIT :limit;

-- name: published_head
-- The number of the last change of what is shown.
SELECT coalesce(max(number), 0) AS head FROM messages WHERE kind = 'content';

-- name: latest_of
-- The highest version of a subject that came, for the platform's own items.
SELECT coalesce(max(version), 0) AS version FROM messages WHERE sender = :sender AND kind = :kind AND id = :id;
