-- name: last_of
-- Who did one of these acts last to a thing, and when.
SELECT actor, at FROM identity.last_act(%(province)s, %(subject)s, %(acts)s);
