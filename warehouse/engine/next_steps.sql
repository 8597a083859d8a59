-- The tests of one organisation that are no pass and count: those of norms unless another proof of the same came out better, and
-- those of indicators that are not green. short: how many records keep it from passing, where that is known.
-- grain: one row per test or indicator; key: framework_id, test_id, purpose. Reads the last assessment of a scratch connection.
WITH outdone AS (
    SELECT r.framework_id, r.test_id
    FROM new_test_result AS r
    JOIN catalogue.test AS t USING (framework_id, test_id, purpose)
    WHERE r.organisation_id = $organisation AND r.purpose = 'norm' AND t.any_of IS NOT NULL
    QUALIFY rank() OVER (PARTITION BY r.framework_id, r.norm_id, r.aspect, t.any_of
        ORDER BY list_position(['no_evidence', 'fail', 'partial', 'not_occurred', 'pass'], r.result) DESC) > 1
)
SELECT r.framework_id, r.test_id, r.purpose, r.norm_id, r.result, r.reason, t.implicit, t.min_basis,
    greatest(coalesce(CAST(r.denominator - r.numerator AS INTEGER), 0), 0) AS short
FROM new_test_result AS r
JOIN catalogue.test AS t USING (framework_id, test_id, purpose)
JOIN catalogue.test_type AS y USING (test_type)
LEFT JOIN new_indicator_value AS v ON v.organisation_id = r.organisation_id AND v.framework_id = r.framework_id
    AND v.indicator_id = r.test_id AND r.purpose = 'indicator'
WHERE r.organisation_id = $organisation AND y.looks_at <> 'statuses' AND t.beyond_norm IS NOT true
    AND CASE WHEN r.purpose = 'indicator' THEN v.colour NOT IN ('groen', 'geen_gevallen')
        ELSE r.result NOT IN ('pass', 'not_occurred') AND (r.framework_id, r.test_id) NOT IN (FROM outdone) END
ORDER BY r.purpose, r.norm_id, r.test_id;
