-- grain: one row per table and organisation; key: table_name, organisation_id. The digest of a group is made of its buckets: the
-- marks of its rows by their first two letters, in order, a line each. See docs/verification.md.
CREATE OR REPLACE TEMP TABLE seal_bucket AS
SELECT
    table_name,
    organisation_id,
    left(leaf, 2) AS bucket,
    CAST(sum(times) AS BIGINT) AS rows,
    sha256(string_agg(repeat(leaf || chr(10), CAST(times AS INTEGER)), '' ORDER BY leaf)) AS digest
FROM leaf_of_group
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE seal_group AS
SELECT
    table_name,
    organisation_id,
    CAST(sum(rows) AS BIGINT) AS rows,
    sha256(string_agg(bucket || ':' || digest || chr(10), '' ORDER BY bucket)) AS digest
FROM seal_bucket
GROUP BY ALL;
