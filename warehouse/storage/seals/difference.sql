-- grain: one row per mark that stands more or less often in `leaf_now` than in `leaf_sealed`; more: how many times more.
CREATE OR REPLACE TEMP TABLE leaf_difference AS
SELECT
    coalesce(n.table_name, s.table_name) AS table_name,
    coalesce(n.organisation_id, s.organisation_id) AS organisation_id,
    coalesce(n.leaf, s.leaf) AS leaf,
    coalesce(n.name, s.name) AS name,
    coalesce(n.evidence_id, s.evidence_id) AS evidence_id,
    coalesce(n.times, 0) - coalesce(s.times, 0) AS more
FROM leaf_now AS n
FULL JOIN leaf_sealed AS s
    ON n.table_name = s.table_name
    AND n.organisation_id = s.organisation_id
    AND n.leaf = s.leaf
WHERE coalesce(n.times, 0) <> coalesce(s.times, 0);

-- grain: one row per row that is otherwise; change: changed (a row of that name was and is there), moved (it stands under
-- another organisation), added, removed.
CREATE OR REPLACE TEMP TABLE row_change AS
WITH named AS (
    SELECT *, coalesce(CAST(evidence_id AS VARCHAR), name) AS key
    FROM leaf_difference
),
gone AS (
    SELECT *, row_number() OVER (PARTITION BY table_name, key ORDER BY leaf) AS nth
    FROM named
    WHERE more < 0
),
come AS (
    SELECT *, row_number() OVER (PARTITION BY table_name, key ORDER BY leaf) AS nth
    FROM named
    WHERE more > 0
)
SELECT
    coalesce(c.table_name, g.table_name) AS table_name,
    coalesce(g.organisation_id, c.organisation_id) AS organisation_id,
    coalesce(g.name, c.name) AS name,
    coalesce(c.evidence_id, g.evidence_id) AS evidence_id,
    CASE
        WHEN g.leaf IS NULL THEN 'added'
        WHEN c.leaf IS NULL THEN 'removed'
        WHEN c.organisation_id <> g.organisation_id THEN 'moved'
        ELSE 'changed'
    END AS change
FROM come AS c
FULL JOIN gone AS g
    ON c.table_name = g.table_name
    AND c.key = g.key
    AND c.nth = g.nth;
