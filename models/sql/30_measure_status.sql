-- Status of every norm that carries tests: aspects from tests, the norm from its aspects (domain.md section 5).
-- grain: one row per organisation and norm; key: organisation_id, framework_id, norm_id.
CREATE OR REPLACE TEMP TABLE new_measure_status AS
WITH counted_test AS (
    SELECT * FROM new_test_result
    WHERE purpose = 'norm' AND list_contains(getvariable('aspects'), aspect)
), aspect AS (
    SELECT organisation_id, framework_id, norm_id, aspect,
        CASE WHEN bool_and(result = 'pass') THEN 'pass'
            WHEN bool_and(result = 'no_evidence') THEN 'no_evidence'
            WHEN bool_or(result = 'fail') AND NOT bool_or(result IN ('pass', 'partial')) THEN 'fail'
            ELSE 'partial' END AS result,
        max(basis_rank(basis)) AS weakest, min(expires_on) AS expires_on, count(*) AS tests,
        count(*) FILTER (result <> 'no_evidence') AS tests_known
    FROM counted_test
    GROUP BY organisation_id, framework_id, norm_id, aspect
), rolled AS (
    SELECT organisation_id, framework_id, norm_id,
        max(result) FILTER (aspect = 'design') AS design, max(result) FILTER (aspect = 'existence') AS existence,
        max(result) FILTER (aspect = 'operation') AS operation,
        bool_and(result = 'pass') AND count(*) = any_value(asked) AS all_pass,
        bool_and(result = 'no_evidence') AS nothing_known, bool_or(result IN ('pass', 'partial')) AS something_good,
        max(weakest) AS weakest, min(expires_on) AS expires_on, sum(tests) AS tests, sum(tests_known) AS tests_known
    FROM aspect
    JOIN (
        -- the counted aspects that the framework asks of the norm
        SELECT framework_id, norm_id,
            len(list_intersect(getvariable('aspects'), coalesce(aspects, getvariable('aspects')))) AS asked
        FROM catalogue.norm
    ) AS n USING (framework_id, norm_id)
    GROUP BY organisation_id, framework_id, norm_id
), claim AS (
    -- an n/a for a control is one for its measures too
    SELECT a.organisation_id, n.framework_id, n.norm_id, a.evidence_id, a.applies, a.approved_by, a.approved_on,
        CASE WHEN a.approved_by IS NULL OR a.approved_on IS NULL THEN 'not_approved'
            WHEN a.approved_on > getvariable('as_of') THEN 'not_approved'
            WHEN a.risk_analysis IS NULL THEN 'no_risk_analysis'
            WHEN a.valid_until < getvariable('as_of') THEN 'expired' END AS objection
    FROM visible_applicability AS a
    JOIN catalogue.alias AS x ON x.framework_id = a.framework_id AND x.norm_id = lower(a.norm_id)
    JOIN catalogue.norm AS n ON n.framework_id = x.to_framework_id
        AND (n.norm_id = x.to_norm_id OR n.parent = x.to_norm_id) AND n.carries_tests
), not_applicable AS (
    SELECT organisation_id, framework_id, norm_id,
        max_by(evidence_id, (approved_on, evidence_id)) FILTER (NOT applies AND objection IS NULL) AS claim_id,
        max(approved_on) FILTER (NOT applies AND objection IS NULL) AS claimed_on,
        -- an approved decision that the norm applies undoes an older n/a, and one of the same day; to let it lapse does not
        -- bring the n/a back
        max(approved_on) FILTER (applies AND approved_by IS NOT NULL AND approved_on <= getvariable('as_of')) AS cancelled_on,
        min(objection) FILTER (NOT applies) AS objection
    FROM claim
    GROUP BY organisation_id, framework_id, norm_id
), deviation AS (
    SELECT e.organisation_id, x.to_framework_id AS framework_id, x.to_norm_id AS norm_id, max(e.valid_until) AS excepted_until,
        max_by(e.reason, (e.valid_until, e.evidence_id)) AS reason,
        max_by(e.evidence_id, (e.valid_until, e.evidence_id)) AS exception_id
    FROM visible_exception AS e
    JOIN catalogue.alias AS x ON x.framework_id = e.framework_id AND x.norm_id = lower(e.norm_id)
    WHERE e.approved_by IS NOT NULL AND e.approved_on <= getvariable('as_of') AND e.valid_until >= getvariable('as_of')
    GROUP BY e.organisation_id, x.to_framework_id, x.to_norm_id
)
SELECT r.organisation_id, r.framework_id, r.norm_id,
    CASE WHEN a.claim_id IS NOT NULL AND coalesce(a.cancelled_on < a.claimed_on, true) THEN 'niet_van_toepassing'
        WHEN r.all_pass THEN 'voldoet' WHEN r.nothing_known THEN 'geen_bewijs' WHEN r.something_good THEN 'voldoet_deels'
        ELSE 'voldoet_niet' END AS status,
    r.design, r.existence, r.operation, basis_name(r.weakest) AS basis, r.expires_on, r.tests, r.tests_known,
    d.excepted_until, d.reason AS exception_reason, d.exception_id,
    CASE WHEN coalesce(a.cancelled_on < a.claimed_on, true) THEN a.claim_id END AS applicability_id,
    CASE WHEN a.claim_id IS NULL THEN a.objection END AS applicability_note
FROM rolled AS r
LEFT JOIN not_applicable AS a USING (organisation_id, framework_id, norm_id)
LEFT JOIN deviation AS d USING (organisation_id, framework_id, norm_id);
