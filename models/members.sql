-- Who is listed and who is seen of each population, by the name on its list: a name that an alias leads to one member is that
-- member, and what an outsider record names is none (domain.md section 4, Populations). Such a record counts with a reason, by the
-- role that settled it and that somebody held, from its day until its end; before a star stand three signs or more. A name
-- that leads to several members stays as it is.
-- grain: one row per organisation, population, name, place and whether it is an outsider.
WITH told AS ({told}),
population_word(word, population) AS (VALUES {words}),
said AS (
    SELECT organisation_id, population, name, member, reason, given_by, given_on, valid_until
    FROM {alias}
    UNION ALL
    SELECT organisation_id, population, name, NULL, reason, given_by, given_on, valid_until
    FROM {outsider}
),
known_name AS (
    SELECT DISTINCT
        x.organisation_id,
        w.population,
        lower(trim(x.name)) AS name,
        lower(trim(x.member)) AS member
    FROM said AS x
    JOIN population_word AS w ON w.word = lower(trim(x.population))
    SEMI JOIN {holders} AS h
        ON h.of_organisation = x.organisation_id
        AND h.held_role = lower(trim(x.given_by))
        AND h.last_day >= x.given_on
    WHERE x.reason IS NOT NULL AND x.given_on <= {day}
        AND coalesce(x.valid_until >= {day}, true)
),
led AS (
    SELECT
        t.organisation_id,
        t.population,
        t.name,
        min(k.member) AS member,
        count(DISTINCT coalesce(k.member, chr(30))) AS answers
    FROM (SELECT DISTINCT organisation_id, population, name FROM told WHERE NOT is_listed) AS t
    JOIN known_name AS k
        ON k.organisation_id = t.organisation_id
        AND k.population = t.population
        AND (k.name = t.name
            OR ends_with(k.name, '*') AND length(rtrim(k.name, '*')) >= 3 AND starts_with(t.name, rtrim(k.name, '*')))
    GROUP BY ALL
)
SELECT
    t.organisation_id,
    t.population,
    CASE WHEN l.answers = 1 THEN coalesce(l.member, t.name) ELSE t.name END AS name,
    t.is_listed,
    t.is_read,
    t.kind,
    coalesce(l.answers = 1 AND l.member IS NULL, false) AS is_outsider
FROM told AS t
LEFT JOIN led AS l
    ON l.organisation_id = t.organisation_id
    AND l.population = t.population
    AND l.name = t.name
    AND NOT t.is_listed
