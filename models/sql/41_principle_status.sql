-- Colour of every principle from its indicators and its related controls, with score and coverage (domain.md section 5).
-- grain: one row per organisation and principle; key: organisation_id, framework_id, principle_id.
CREATE OR REPLACE TEMP TABLE new_principle_status AS
WITH part AS (
    SELECT v.organisation_id, v.framework_id, v.principle_id, 'indicator' AS part, i.weight, i.is_key, v.colour,
        CASE v.colour WHEN 'groen' THEN 1.0 WHEN 'oranje' THEN 0.5 ELSE 0.0 END AS points,
        v.colour <> 'onbekend' AS is_known
    FROM new_indicator_value AS v
    JOIN catalogue.indicator AS i USING (framework_id, indicator_id)
    WHERE v.colour <> 'geen_gevallen'
    UNION ALL
    SELECT c.organisation_id, l.framework_id, l.norm_id, 'control', l.weight, false, c.status,
        CASE c.status WHEN 'voldoet' THEN 1.0 WHEN 'voldoet_deels' THEN 0.5 ELSE 0.0 END, c.status <> 'geen_bewijs'
    FROM catalogue.link AS l
    JOIN catalogue.norm AS p ON p.framework_id = l.framework_id AND p.norm_id = l.norm_id AND p.level = 'principle'
    JOIN new_control_status AS c ON c.framework_id = l.to_framework_id AND c.norm_id = l.to_norm_id
    WHERE l.relation = 'related' AND c.status <> 'niet_van_toepassing'
), summary AS (
    SELECT organisation_id, framework_id, principle_id,
        sum(weight * points) / sum(weight) AS score,
        coalesce(sum(weight) FILTER (is_known), 0) AS weight_known, sum(weight) AS weight_total,
        coalesce(bool_or(is_key AND colour = 'rood'), false) AS key_red,
        coalesce(bool_or(is_key AND colour = 'onbekend'), false) AS key_unknown,
        coalesce(bool_or(is_key AND colour <> 'groen'), false) AS key_not_green,
        count(*) FILTER (part = 'indicator') AS indicators,
        count(*) FILTER (part = 'indicator' AND is_known) AS indicators_known,
        count(*) FILTER (part = 'control') AS controls,
        count(*) FILTER (part = 'control' AND is_known) AS controls_known
    FROM part
    GROUP BY organisation_id, framework_id, principle_id
)
SELECT o.organisation_id, p.framework_id, p.norm_id AS principle_id,
    CASE WHEN coalesce(weight_known / weight_total, 0) < 0.6 THEN 'onbekend' WHEN key_red THEN 'rood'
        WHEN key_unknown THEN 'onbekend' WHEN score < 0.5 THEN 'rood'
        WHEN score >= 0.8 AND NOT key_not_green THEN 'groen'
        ELSE 'oranje' END AS status,
    score, coalesce(weight_known / weight_total, 0) AS coverage, coalesce(weight_known, 0) AS weight_known,
    coalesce(weight_total, 0) AS weight_total, coalesce(indicators, 0) AS indicators,
    coalesce(indicators_known, 0) AS indicators_known, coalesce(controls, 0) AS controls,
    coalesce(controls_known, 0) AS controls_known
FROM assessed_organisation AS o
JOIN catalogue.norm AS p ON p.level = 'principle'
LEFT JOIN summary AS s
    ON s.organisation_id = o.organisation_id AND s.framework_id = p.framework_id AND s.principle_id = p.norm_id;
