-- What is taken has an end, also of a destination that has none: beyond the newest items the content goes, and the names
-- by which a portal may list an item stay longer. address: where the item is, once its content is gone; a process of
-- an older version leaves it empty.
ALTER TABLE export.taken ADD COLUMN address text;
CREATE INDEX taken_numbers ON export.taken (destination, number DESC);
CREATE INDEX taken_addresses_kept ON export.taken (address) WHERE address IS NOT NULL;

CREATE OR REPLACE VIEW export.shown_elsewhere AS
SELECT urn AS name FROM export.taken
UNION ALL SELECT data ->> 'url' FROM export.taken WHERE data IS NOT NULL
UNION ALL SELECT address FROM export.taken WHERE address IS NOT NULL;
