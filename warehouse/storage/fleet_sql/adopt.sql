-- Let a municipality in. grain: one row when it was not there yet, else none.
INSERT INTO municipality (organisation_id) VALUES ($1)
ON CONFLICT (organisation_id) DO NOTHING
RETURNING *, false AS leased
