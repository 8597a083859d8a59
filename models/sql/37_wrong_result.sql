-- Guard: every test of every assessed organisation has exactly one result, and a reason that its type has words for. A test
-- without a result would vanish from its norm, and the norm could only look better for it.
-- grain: one row per organisation and test that breaks this; empty when all is well. problem: a text of
-- models/texts/<language>/assessment.yaml.
CREATE OR REPLACE TEMP TABLE wrong_result AS
WITH expected AS (
    SELECT o.organisation_id, t.framework_id, t.test_id, t.purpose, t.test_type
    FROM assessed_organisation AS o
    CROSS JOIN catalogue.test AS t
), summary AS (
    SELECT organisation_id, framework_id, test_id, purpose, count(*) AS results, any_value(reason) AS reason,
        bool_and(coalesce(result IN ('pass', 'partial', 'fail', 'not_occurred', 'no_evidence'), false)) AS is_result
    FROM new_test_result
    GROUP BY organisation_id, framework_id, test_id, purpose
), judged_test AS (
    SELECT e.organisation_id, e.test_id, e.test_type, s.results, s.reason, CASE
        WHEN s.results IS NULL THEN 'no_result' WHEN s.results > 1 THEN 'several_results'
        WHEN NOT s.is_result THEN 'not_a_result'
        WHEN NOT coalesce(list_contains(y.reasons, s.reason), false) THEN 'unknown_reason' END AS problem
    FROM expected AS e
    JOIN catalogue.test_type AS y USING (test_type)
    LEFT JOIN summary AS s USING (organisation_id, framework_id, test_id, purpose)
)
SELECT * FROM judged_test WHERE problem IS NOT NULL
UNION ALL BY NAME
SELECT s.organisation_id, s.test_id, '?' AS test_type, s.results, s.reason, 'not_asked' AS problem
FROM summary AS s
ANTI JOIN expected AS e USING (organisation_id, framework_id, test_id, purpose);
