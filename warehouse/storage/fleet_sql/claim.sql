-- Take the lease when nobody has it and the night is not done yet ($3 NULL: an officer's write, which is of no night). A
-- holder that asks again, because the answer got lost, has it already. grain: the row when it was taken, else none.
UPDATE municipality SET
    token = CASE WHEN holder = $2 AND lease_until >= now() THEN token ELSE token + 1 END,
    holder = $2,
    lease_until = now() + CAST($4 AS interval)
WHERE organisation_id = $1
    AND (lease_until < now() OR holder = $2)
    AND (CAST($3 AS date) IS NULL OR as_of IS NULL OR as_of < CAST($3 AS date))
RETURNING *, lease_until >= now() AS leased
