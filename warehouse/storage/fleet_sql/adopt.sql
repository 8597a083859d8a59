-- Let a municipality in. $2, $3: the last token and commit of which there are files, so that no name is ever used again.
-- grain: one row when it was not there yet, else none.
INSERT INTO municipality (organisation_id, token, run_no) VALUES ($1, $2, $3)
ON CONFLICT (organisation_id) DO NOTHING
RETURNING *, false AS leased
