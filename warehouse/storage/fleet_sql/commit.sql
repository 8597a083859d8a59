-- Make a new file the warehouse, once, and give the lease back. An officer's write ($3 NULL) keeps the day of the last night.
-- grain: the row when the token was the newest and this object not committed yet, else none.
UPDATE municipality SET
    run_no = run_no + 1,
    as_of = coalesce(CAST($3 AS date), as_of),
    object = $4,
    sha256 = $5,
    published = $6,
    published_sha256 = $7,
    manifest_hash = $8,
    committed_at = now(),
    lease_until = '-infinity',
    holder = NULL
WHERE organisation_id = $1 AND token = $2 AND holder IS NOT NULL AND object IS DISTINCT FROM $4
RETURNING *, false AS leased
