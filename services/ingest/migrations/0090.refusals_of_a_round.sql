-- Which units of a round had a submission refused before their report came.
CREATE INDEX refusals_of_round ON ingest.refusals (round, unit, at) WHERE round IS NOT NULL;
