-- The national view beside the tables that every published file has: who takes part, in which groups, and whose statuses count.
CREATE SCHEMA IF NOT EXISTS nation;

-- grain: one row. as_of: the day of the view; minimum_group: a group of fewer is not shown.
CREATE TABLE nation.view_of (title VARCHAR, as_of DATE, minimum_group BIGINT);

-- grain: one row per municipality that should be there; key: organisation_id. standing: current, stale, other_rules, missing.
CREATE TABLE nation.participant (
    organisation_id VARCHAR, name VARCHAR, as_of DATE, standing VARCHAR, catalogue_digest VARCHAR);

-- grain: one row per group and municipality that should be in it.
CREATE TABLE nation.member (group_name VARCHAR, organisation_id VARCHAR);

-- The groups with their size, and whether they are large enough to be shown: that is when the current members are at least the
-- minimum, and no shown group holds all of them and a few others, who could then be reckoned from the difference.
-- grain: one row per group.
CREATE VIEW nation.group_size AS
WITH sizes AS (
    SELECT m.group_name, count(*) AS members, count(*) FILTER (p.standing = 'current') AS counted,
        count(*) FILTER (p.standing = 'stale') AS stale, count(*) FILTER (p.standing = 'other_rules') AS other_rules,
        count(*) FILTER (p.standing = 'missing') AS missing,
        coalesce(list(m.organisation_id ORDER BY m.organisation_id) FILTER (p.standing = 'current'), []) AS organisations
    FROM nation.member AS m JOIN nation.participant AS p USING (organisation_id)
    GROUP BY m.group_name
)
SELECT s.* EXCLUDE (organisations), s.counted >= v.minimum_group AND NOT EXISTS (
    FROM sizes AS larger
    WHERE larger.counted > s.counted AND larger.counted - s.counted < v.minimum_group
        AND list_has_all(larger.organisations, s.organisations)) AS shown
FROM sizes AS s CROSS JOIN nation.view_of AS v;

-- Every norm that carries a status: of norms that are tested, and of controls.
-- grain: one row per level, framework and norm.
CREATE VIEW nation.norm AS
SELECT DISTINCT 'control' AS level, framework_id, norm_id FROM assess.control_status
UNION ALL
SELECT DISTINCT 'measure', framework_id, norm_id FROM assess.measure_status
UNION ALL
SELECT DISTINCT 'principle', framework_id, principle_id FROM assess.principle_status;

-- grain: one row per municipality whose statuses count, level and norm.
CREATE VIEW nation.status AS
SELECT s.organisation_id, s.level, s.framework_id, s.norm_id, s.status
FROM (
    SELECT organisation_id, 'control' AS level, framework_id, norm_id, status FROM assess.control_status
    UNION ALL
    SELECT organisation_id, 'measure', framework_id, norm_id, status FROM assess.measure_status
    UNION ALL
    SELECT organisation_id, 'principle', framework_id, principle_id, status FROM assess.principle_status
) AS s
JOIN nation.participant AS p ON p.organisation_id = s.organisation_id AND p.standing = 'current';

-- How many members of a group that is shown have each status of a norm.
-- grain: one row per group, level, norm and status.
CREATE VIEW nation.status_count AS
SELECT m.group_name, s.level, s.framework_id, s.norm_id, s.status, count(*) AS number
FROM nation.status AS s JOIN nation.member AS m USING (organisation_id)
JOIN nation.group_size AS g ON g.group_name = m.group_name AND g.shown
GROUP BY ALL;
