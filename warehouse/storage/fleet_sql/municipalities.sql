-- grain: one row per municipality.
SELECT *, lease_until >= now() AS leased FROM municipality ORDER BY organisation_id
