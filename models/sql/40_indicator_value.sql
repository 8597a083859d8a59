-- Value and colour of every indicator (domain.md section 5).
-- grain: one row per organisation and indicator; key: organisation_id, framework_id, indicator_id.
CREATE OR REPLACE TEMP TABLE new_indicator_value AS
WITH valued AS (
    SELECT r.organisation_id, i.framework_id, i.indicator_id, i.principle_id, i.better, i.green, i.amber,
        r.numerator, r.denominator,
        CASE WHEN r.result <> 'no_evidence'
            THEN indicator_value(t.test_type, r.result, r.reason, r.metric, r.numerator, r.denominator, r.selected) END
        * CASE WHEN i.unit = '%' AND y.value_is_share THEN 100 ELSE 1 END AS value
    FROM new_test_result AS r
    JOIN catalogue.test AS t USING (framework_id, test_id, purpose)
    JOIN catalogue.test_type AS y USING (test_type)
    JOIN catalogue.indicator AS i ON i.framework_id = r.framework_id AND i.indicator_id = r.test_id
    WHERE r.purpose = 'indicator'
)
SELECT organisation_id, framework_id, indicator_id, principle_id,
    CASE WHEN value IS NULL THEN 'onbekend'
        ELSE CASE judged(value, green, amber, better) WHEN 'pass' THEN 'groen' WHEN 'partial' THEN 'oranje' ELSE 'rood' END
    END AS colour, value, numerator, denominator
FROM valued;
