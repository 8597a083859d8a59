-- Let a municipality go, for who holds its lease. grain: one row when the token was the newest, else none.
DELETE FROM municipality WHERE organisation_id = $1 AND token = $2 RETURNING token
