-- Every test of every organisation: the ones just judged, and the stored ones that did not need it.
-- grain: one row per organisation and test or indicator; key: organisation_id, framework_id, test_id.
CREATE OR REPLACE TEMP MACRO judged_tests() AS TABLE
SELECT w.organisation_id, t.framework_id, t.test_id, t.purpose, t.norm_id, t.aspect, w.result, w.metric, w.numerator,
    w.denominator,
    -- that there were no cases is never measured, whatever the cases would be
    CASE WHEN w.result = 'not_occurred' THEN 'documented' WHEN w.result <> 'no_evidence' THEN coalesce(w.basis, t.basis) END AS basis,
    w.reason, w.expires_on,
    -- that nothing was found says something only as long as a source shows it
    least(w.changes_on, CASE WHEN w.result = 'no_evidence' THEN c.fresh_until + 1 END) AS changes_on, w.selected,
    CASE WHEN w.evidence_ids IS NOT NULL THEN coalesce(w.evidence_kind, t.kind) END AS evidence_kind, w.evidence_ids
FROM work_result AS w
JOIN catalogue.test AS t USING (test_no)
LEFT JOIN covered AS c USING (organisation_id, test_no);

CREATE OR REPLACE TEMP TABLE new_test_result AS
FROM judged_tests()
UNION ALL BY NAME
SELECT r.organisation_id, r.framework_id, r.test_id, r.purpose, r.norm_id, r.aspect, r.result, r.metric, r.numerator,
    r.denominator, r.basis, r.reason, r.expires_on, r.changes_on, r.selected, r.evidence_kind, r.evidence_ids
FROM assess.test_result AS r
JOIN catalogue.test AS t ON t.framework_id = r.framework_id AND t.test_id = r.test_id AND t.purpose = r.purpose
JOIN catalogue.test_type AS y USING (test_type)
ANTI JOIN scope AS s ON s.organisation_id = r.organisation_id AND s.test_no = t.test_no
WHERE r.until_run_no IS NULL AND y.looks_at <> 'statuses'
    AND r.organisation_id IN (SELECT organisation_id FROM assessed_organisation);

-- What looks at our own statuses is judged after them.
TRUNCATE work_result;
