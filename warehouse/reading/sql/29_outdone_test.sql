-- The tests that do not count because another test that may prove the same came out better (any_of).
-- grain: one row per organisation and such a test; key: organisation_id, framework_id, test_id. A pass is better than no cases.
CREATE OR REPLACE VIEW reading.outdone_test AS
SELECT organisation_id, framework_id, test_id, any_of
FROM (
    SELECT r.organisation_id, r.framework_id, r.norm_id, r.aspect, r.test_id, t.any_of,
        list_position(['no_evidence', 'fail', 'partial', 'not_occurred', 'pass'], r.result) AS goodness
    FROM assess.test_result AS r
    JOIN catalogue.test AS t ON t.framework_id = r.framework_id AND t.test_id = r.test_id AND t.purpose = r.purpose
    WHERE r.until_run_no IS NULL AND r.purpose = 'norm' AND t.any_of IS NOT NULL
)
QUALIFY rank() OVER (PARTITION BY organisation_id, framework_id, norm_id, aspect, any_of ORDER BY goodness DESC) > 1;
