-- Which municipalities have no night of this day yet and nobody working on it. One without an object is being let in.
-- grain: one row per municipality.
SELECT *, false AS leased FROM municipality
WHERE object IS NOT NULL AND (as_of IS NULL OR as_of < CAST($1 AS date)) AND lease_until < now()
ORDER BY as_of NULLS FIRST, organisation_id
