-- Keep the lease. grain: one row while the token is the newest, else none.
UPDATE municipality SET lease_until = now() + CAST($3 AS interval)
WHERE organisation_id = $1 AND token = $2 AND holder IS NOT NULL
RETURNING token
