-- grain: the row of a municipality, or none.
SELECT *, lease_until >= now() AS leased FROM municipality WHERE organisation_id = $1
