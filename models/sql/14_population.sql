-- A share of a list passes only when something tells that the list is whole (domain.md section 4, Populations): its members are
-- seen elsewhere, or counted, and at most one in fifty is missing from it. Otherwise it is partial; so too when its count is old. One that is
-- seen without a name may be missing; so may one that is seen in a row that could not be read, which proves no comparison.
-- More than a tenth that is declared to be no member makes it partial too.
-- Reads population_row (organisation_id, population, name, is_listed, is_read, is_outsider) and population_count (organisation_id, population, counted,
-- counted_on). Changes work_result: result, reason, expires_on, changes_on.
-- grain of population_gap: one row per organisation and population that is listed; key: organisation_id, population.
CREATE OR REPLACE TEMP TABLE population_gap AS
WITH member AS (
    SELECT organisation_id, population, name, bool_or(is_listed) AS is_listed, bool_or(NOT is_listed AND is_read) AS is_seen,
        bool_and(is_outsider) AS is_outsider
    FROM population_row
    WHERE name IS NOT NULL
    GROUP BY organisation_id, population, name
), summary AS (
    SELECT organisation_id, population, count(*) FILTER (is_listed) AS listed,
        count(*) FILTER (NOT is_listed AND NOT is_outsider) AS unlisted,
        count(*) FILTER (is_seen AND NOT is_outsider AND NOT starts_with(name, chr(31))) AS seen,
        count(*) FILTER (is_outsider) AS outsiders
    FROM member
    GROUP BY organisation_id, population
), counted AS (
    SELECT *, CAST(counted_on + INTERVAL 1 YEAR AS DATE) AS last_day FROM population_count
)
SELECT s.organisation_id, s.population, s.listed, s.unlisted, s.seen,
    s.outsiders > 0.1 * (s.listed + s.unlisted + s.outsiders) AS has_many_outsiders,
    CASE WHEN c.last_day >= getvariable('as_of') THEN c.counted END AS counted,
    CASE WHEN c.last_day >= getvariable('as_of') THEN c.last_day END AS last_day,
    coalesce(c.last_day < getvariable('as_of'), false) AS is_count_old,
    greatest(s.listed + s.unlisted, coalesce(CASE WHEN c.last_day >= getvariable('as_of') THEN c.counted END, 0)) AS whole
FROM summary AS s
LEFT JOIN counted AS c USING (organisation_id, population);

-- Why a share of a list cannot pass: NULL when nothing is against it. The columns are those of population_gap.
CREATE OR REPLACE TEMP MACRO objection(population, seen, counted, is_count_old, listed, whole, has_many_outsiders) AS CASE
    WHEN population IS NULL OR seen = 0 AND counted IS NULL OR is_count_old THEN 'not_compared'
    WHEN listed < 0.98 * whole THEN 'unlisted_members'
    WHEN has_many_outsiders THEN 'outsiders' END;

CREATE OR REPLACE TEMP TABLE compared_result AS
SELECT w.organisation_id, w.test_no,
    objection(g.population, g.seen, g.counted, g.is_count_old, g.listed, g.whole, g.has_many_outsiders) AS objection,
    g.last_day + 1 AS compared_until
FROM work_result AS w
JOIN catalogue.test AS t USING (test_no)
LEFT JOIN population_gap AS g ON g.organisation_id = w.organisation_id AND g.population = t.population
WHERE t.population IS NOT NULL AND w.result = 'pass' AND t.purpose = 'norm';

UPDATE work_result SET
    result = CASE WHEN c.objection IS NULL THEN result ELSE 'partial' END,
    reason = coalesce(c.objection, reason),
    expires_on = CASE WHEN c.objection IS NULL THEN least(expires_on, c.compared_until) ELSE weak_until END,
    changes_on = least(changes_on, c.compared_until)
FROM compared_result AS c
WHERE c.organisation_id = work_result.organisation_id AND c.test_no = work_result.test_no;
