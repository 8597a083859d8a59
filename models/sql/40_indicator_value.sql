-- Value and colour of every indicator (domain.md section 5). That there is nothing is a value where a source that sees all
-- there is shows it; that there were no cases is none. A share of a list that is not compared, or misses members,
-- is not green, nor one of which many are excused.
-- grain: one row per organisation and indicator; key: organisation_id, framework_id, indicator_id.
CREATE OR REPLACE TEMP TABLE new_indicator_value AS
WITH valued AS (
    SELECT r.organisation_id, i.framework_id, i.indicator_id, i.principle_id, i.better, i.green, i.amber,
        r.numerator, r.denominator, r.result,
        t.population IS NOT NULL AND objection(g.population, g.seen, g.counted, g.is_count_old, g.listed, g.whole, g.has_many_outsiders) IS NOT NULL
            OR r.reason = 'many_excused' AS is_capped,
        CASE WHEN r.result NOT IN ('no_evidence', 'not_occurred')
                THEN indicator_value(t.test_type, r.result, r.reason, r.metric, r.numerator, r.denominator, r.selected)
            WHEN r.result = 'no_evidence' AND r.selected = 0 AND c.test_no IS NOT NULL THEN y.absence_value END
        * CASE WHEN i.unit = '%' AND y.value_is_share THEN 100 ELSE 1 END AS value
    FROM new_test_result AS r
    JOIN catalogue.test AS t USING (framework_id, test_id, purpose)
    JOIN catalogue.test_type AS y USING (test_type)
    JOIN catalogue.indicator AS i ON i.framework_id = r.framework_id AND i.indicator_id = r.test_id
    LEFT JOIN population_gap AS g ON g.organisation_id = r.organisation_id AND g.population = t.population
    LEFT JOIN covered AS c ON c.organisation_id = r.organisation_id AND c.test_no = t.test_no
    WHERE r.purpose = 'indicator'
)
SELECT organisation_id, framework_id, indicator_id, principle_id,
    CASE WHEN result = 'not_occurred' THEN 'geen_gevallen' WHEN value IS NULL THEN 'onbekend'
        ELSE CASE judged(value, green, amber, better) WHEN 'pass' THEN CASE WHEN is_capped THEN 'oranje' ELSE 'groen' END
            WHEN 'partial' THEN 'oranje' ELSE 'rood' END
    END AS colour, value, numerator, denominator
FROM valued;
