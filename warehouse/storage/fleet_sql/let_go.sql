-- Give the lease back without a result. grain: one row while the token is the newest, else none.
UPDATE municipality SET lease_until = '-infinity', holder = NULL
WHERE organisation_id = $1 AND token = $2
RETURNING token
