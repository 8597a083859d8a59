-- Guard: every test of every assessed organisation has exactly one result, and a reason that its type has words for. A test
-- without a result would vanish from its norm, and the norm could only look better for it.
-- grain: one row per organisation and test that breaks this; empty when all is well.
CREATE OR REPLACE TEMP TABLE wrong_result AS
WITH expected AS (
    SELECT o.organisation_id, t.framework_id, t.test_id, t.purpose, t.test_type
    FROM assessed_organisation AS o
    CROSS JOIN catalogue.test AS t
), summary AS (
    SELECT organisation_id, framework_id, test_id, purpose, count(*) AS results, any_value(reason) AS reason,
        bool_and(coalesce(result IN ('pass', 'partial', 'fail', 'no_evidence'), false)) AS is_result
    FROM new_test_result
    GROUP BY organisation_id, framework_id, test_id, purpose
), judged_test AS (
    SELECT e.organisation_id, e.test_id, e.test_type, CASE
        WHEN s.results IS NULL THEN 'geen uitkomst'
        WHEN s.results > 1 THEN s.results || ' uitkomsten'
        WHEN NOT s.is_result THEN 'een uitkomst die er niet is'
        WHEN NOT coalesce(list_contains(y.reasons, s.reason), false)
            THEN 'reden ' || coalesce(s.reason, '(leeg)') || ' kent deze soort niet' END AS problem
    FROM expected AS e
    JOIN catalogue.test_type AS y USING (test_type)
    LEFT JOIN summary AS s USING (organisation_id, framework_id, test_id, purpose)
)
SELECT * FROM judged_test WHERE problem IS NOT NULL
UNION ALL
SELECT s.organisation_id, s.test_id, '?', 'een uitkomst van een toets die niet is gevraagd'
FROM summary AS s
ANTI JOIN expected AS e USING (organisation_id, framework_id, test_id, purpose);
