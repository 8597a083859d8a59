-- Which members each population has: on the list itself, or only seen elsewhere, and in how many other places. Persons are compared
-- by number and never named here. grain: one row per organisation, population and member; key: organisation_id, population, name.
CREATE OR REPLACE VIEW reading.population_member AS
SELECT r.organisation_id, r.population, p.name_nl, p.name_en, r.name, bool_or(r.is_listed) AS is_listed,
    list_sort(list(DISTINCT k.label_nl) FILTER (NOT r.is_listed)) AS seen_in_nl,
    list_sort(list(DISTINCT k.label_en) FILTER (NOT r.is_listed)) AS seen_in_en
FROM reading.population_row AS r
JOIN reading.population AS p USING (population)
JOIN reading.kind AS k USING (kind)
WHERE r.name IS NOT NULL AND r.population <> 'staff' AND NOT starts_with(r.name, chr(31)) AND NOT r.is_outsider
GROUP BY ALL;

-- How whole each list is, as far as can be told: how many are on it, how many of these are seen elsewhere, how many are only seen
-- elsewhere, and how many there should be by a count. grain: one row per organisation and population that is listed or seen.
CREATE OR REPLACE VIEW reading.population_summary AS
WITH member AS (
    SELECT organisation_id, population, name, bool_or(is_listed) AS is_listed, bool_or(NOT is_listed AND is_read) AS is_seen,
        bool_and(is_outsider) AS is_outsider
    FROM reading.population_row
    WHERE name IS NOT NULL
    GROUP BY organisation_id, population, name
)
SELECT m.organisation_id, m.population, p.name_nl, p.name_en, count(*) FILTER (m.is_listed) AS listed,
    count(*) FILTER (m.is_listed AND m.is_seen) AS listed_and_seen,
    count(*) FILTER (NOT m.is_listed AND NOT m.is_outsider) AS unlisted, count(*) FILTER (m.is_outsider) AS outsiders,
    any_value(c.counted) AS counted, any_value(c.counted_on) AS counted_on
FROM member AS m
JOIN reading.population AS p USING (population)
LEFT JOIN reading.population_count AS c USING (organisation_id, population)
GROUP BY m.organisation_id, m.population, p.name_nl, p.name_en;
