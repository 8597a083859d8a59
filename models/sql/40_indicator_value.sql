-- Value and colour of every indicator (domain.md section 5). Two indicators look at our own statuses.
-- grain: one row per organisation and indicator; key: organisation_id, framework_id, indicator_id.
-- Appends the rows of the assessment indicators to new_test_result, so that they too can be explained.
INSERT INTO new_test_result BY NAME
WITH norm AS (
    SELECT s.organisation_id, s.framework_id, s.norm_id, s.status <> 'geen_bewijs' AS is_fresh,
        coalesce(bool_or(r.basis <> 'attested'), false) AS is_proven
    FROM new_measure_status AS s
    JOIN catalogue.norm AS n USING (framework_id, norm_id)
    LEFT JOIN new_test_result AS r ON r.organisation_id = s.organisation_id AND r.framework_id = s.framework_id
        AND r.norm_id = s.norm_id AND r.purpose = 'norm' AND r.result <> 'no_evidence'
    WHERE n.level IN ('measure', 'control') AND s.status <> 'niet_van_toepassing'
    GROUP BY ALL
), summary AS (
    SELECT organisation_id, count(*) AS norms, count(*) FILTER (is_fresh) AS fresh, count(*) FILTER (is_proven) AS proven
    FROM norm
    GROUP BY organisation_id
)
SELECT s.organisation_id, t.framework_id, t.test_id, t.purpose, t.norm_id, t.aspect,
    CASE WHEN s.norms > 0 THEN 'pass' ELSE 'no_evidence' END AS result,
    CASE t.formula WHEN 'share_fresh' THEN s.fresh ELSE s.proven END / s.norms AS metric,
    CAST(CASE t.formula WHEN 'share_fresh' THEN s.fresh ELSE s.proven END AS DOUBLE) AS numerator,
    CAST(s.norms AS DOUBLE) AS denominator, t.basis, 'own_statuses' AS reason, s.norms AS selected
FROM summary AS s
CROSS JOIN catalogue.test AS t
WHERE t.test_type = 'assessment';

CREATE OR REPLACE TEMP TABLE new_indicator_value AS
WITH valued AS (
    SELECT r.organisation_id, i.framework_id, i.indicator_id, i.principle_id, i.better, i.green, i.amber,
        r.numerator, r.denominator,
        CASE WHEN r.result = 'no_evidence' THEN NULL
            WHEN t.test_type = 'fresh' THEN CAST(r.result = 'pass' AS DOUBLE)
            WHEN t.test_type = 'recurring' THEN r.numerator
            WHEN t.test_type = 'within' AND r.reason IN ('no_cases', 'waiting') THEN 1.0
            WHEN t.test_type = 'none_open' AND r.reason = 'no_cases' THEN 0.0
            ELSE r.metric END
        * CASE WHEN i.unit = '%' AND t.test_type IN ('ratio', 'within', 'per', 'assessment') THEN 100 ELSE 1 END AS value
    FROM new_test_result AS r
    JOIN catalogue.test AS t USING (framework_id, test_id, purpose)
    JOIN catalogue.indicator AS i ON i.framework_id = r.framework_id AND i.indicator_id = r.test_id
    WHERE r.purpose = 'indicator'
)
SELECT organisation_id, framework_id, indicator_id, principle_id,
    CASE WHEN value IS NULL THEN 'onbekend'
        ELSE CASE judged(value, green, amber, better) WHEN 'pass' THEN 'groen' WHEN 'partial' THEN 'oranje' ELSE 'rood' END
    END AS colour, value, numerator, denominator
FROM valued;
