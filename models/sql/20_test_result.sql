-- Every test of every organisation: the ones just computed, and the stored ones that did not need it.
-- grain: one row per organisation and test or indicator; key: organisation_id, framework_id, test_id.
CREATE OR REPLACE TEMP TABLE new_test_result AS
SELECT w.organisation_id, t.framework_id, t.test_id, t.purpose, t.norm_id, t.aspect, w.result, w.metric, w.numerator,
    w.denominator,
    CASE WHEN w.result <> 'no_evidence' THEN t.basis END AS basis,
    w.reason, w.expires_on, w.changes_on, w.selected,
    CASE WHEN w.evidence_ids IS NOT NULL THEN coalesce(w.evidence_kind, t.kind) END AS evidence_kind, w.evidence_ids
FROM work_result AS w
JOIN catalogue.test AS t USING (test_no)
UNION ALL BY NAME
SELECT r.organisation_id, r.framework_id, r.test_id, r.purpose, r.norm_id, r.aspect, r.result, r.metric, r.numerator,
    r.denominator, r.basis, r.reason, r.expires_on, r.changes_on, r.selected, r.evidence_kind, r.evidence_ids
FROM assess.test_result AS r
JOIN catalogue.test AS t ON t.framework_id = r.framework_id AND t.test_id = r.test_id
ANTI JOIN scope AS s ON s.organisation_id = r.organisation_id AND s.test_no = t.test_no
WHERE r.until_run_no IS NULL AND t.test_type <> 'assessment'
    AND r.organisation_id IN (SELECT organisation_id FROM assessed_organisation);
