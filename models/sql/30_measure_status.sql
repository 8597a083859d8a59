-- Status of every norm that carries tests: aspects from tests, the norm from its aspects (domain.md section 5).
-- grain: one row per organisation and norm; key: organisation_id, framework_id, norm_id.
CREATE OR REPLACE TEMP TABLE new_measure_status AS
WITH aspect AS (
    SELECT organisation_id, framework_id, norm_id, aspect,
        CASE WHEN bool_and(result = 'not_occurred') THEN 'not_occurred'
            WHEN bool_and(result IN ('pass', 'not_occurred')) THEN 'pass'
            WHEN bool_or(result IN ('pass', 'partial')) THEN 'partial'
            WHEN bool_or(result = 'fail') THEN 'fail'
            ELSE 'no_evidence' END AS result,
        max(basis_rank(basis)) AS weakest, min(expires_on) AS expires_on, count(*) AS tests,
        min(gap_rank(reason)) FILTER (result NOT IN ('pass', 'not_occurred')) AS gap,
        count(*) FILTER (result NOT IN ('no_evidence', 'not_occurred')) AS tests_known,
        count(*) FILTER (result = 'not_occurred') AS not_occurred
    FROM counted_result
    GROUP BY organisation_id, framework_id, norm_id, aspect
), rolled AS (
    SELECT organisation_id, framework_id, norm_id,
        max(result) FILTER (aspect = 'design') AS design, max(result) FILTER (aspect = 'existence') AS existence,
        max(result) FILTER (aspect = 'operation') AS operation,
        bool_and(result IN ('pass', 'not_occurred')) AND bool_or(result = 'pass') AND count(*) = any_value(asked) AS all_pass,
        bool_and(result IN ('no_evidence', 'not_occurred')) AS nothing_known, bool_or(result IN ('pass', 'partial')) AS something_good,
        -- an aspect that is asked and that no test answers is a shortfall
        CASE WHEN count(*) = any_value(asked) THEN min(gap) ELSE 1 END AS gap,
        max(weakest) AS weakest, min(expires_on) AS expires_on, sum(tests) AS tests, sum(tests_known) AS tests_known,
        sum(not_occurred) AS not_occurred
    FROM aspect
    JOIN (
        -- the counted aspects that the framework asks of the norm
        SELECT framework_id, norm_id,
            len(list_intersect(getvariable('aspects'), coalesce(aspects, getvariable('aspects')))) AS asked
        FROM catalogue.norm
    ) AS n USING (framework_id, norm_id)
    GROUP BY organisation_id, framework_id, norm_id
), risk_record AS (
    -- what a reference to a risk analysis may name: a record that we hold
    SELECT organisation_id, lower(trim(unnest([record_key, title, url, process]))) AS name FROM visible_risk
    UNION
    SELECT organisation_id, lower(trim(unnest([record_key, title, url]))) FROM visible_document
    WHERE topic IN ('risk_management', 'risk_analysis') AND state = 'adopted'
    UNION
    SELECT organisation_id, lower(trim(unnest([record_key, title, url, reference]))) FROM visible_decision
    WHERE topic IN ('risk_management', 'risk_appetite')
), claim AS (
    -- an n/a for a control is one for its measures too
    SELECT a.organisation_id, n.framework_id, n.norm_id, a.evidence_id, a.applies, a.approved_by, a.approved_on,
        a.valid_until,
        CASE WHEN n.statutory IS NOT NULL THEN 'statutory'
            WHEN a.approved_by IS NULL OR a.approved_on IS NULL THEN 'not_approved'
            WHEN a.approved_on > getvariable('as_of') THEN 'not_approved'
            WHEN NOT may_approve(a.approved_by) THEN 'no_body'
            WHEN a.risk_analysis IS NULL THEN 'no_risk_analysis'
            WHEN (a.organisation_id, lower(trim(a.risk_analysis))) NOT IN
                (SELECT (organisation_id, name) FROM risk_record WHERE name IS NOT NULL) THEN 'unknown_risk_analysis'
            WHEN a.valid_until IS NULL THEN 'no_end'
            WHEN a.valid_until > a.approved_on + INTERVAL 3 YEAR THEN 'end_too_far'
            WHEN a.valid_until < getvariable('as_of') THEN 'expired' END AS objection
    FROM visible_applicability AS a
    JOIN catalogue.alias AS x ON x.framework_id = a.framework_id AND x.norm_id = lower(a.norm_id)
    JOIN catalogue.norm AS n ON n.framework_id = x.to_framework_id
        AND (n.norm_id = x.to_norm_id OR n.parent = x.to_norm_id) AND n.carries_tests
), not_applicable AS (
    SELECT organisation_id, framework_id, norm_id,
        max_by(evidence_id, (approved_on, evidence_id)) FILTER (NOT applies AND objection IS NULL) AS claim_id,
        max(approved_on) FILTER (NOT applies AND objection IS NULL) AS claimed_on,
        max(valid_until) FILTER (NOT applies AND objection IS NULL) AS claimed_until,
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
), accepted AS (
    -- what was accepted in an exception or risk that we hold and that names a finding, by a body that may
    SELECT organisation_id, lower(trim(unnest([record_key, title, reason, risk_analysis]))) AS name
    FROM visible_exception
    WHERE may_approve(approved_by) AND approved_on <= getvariable('as_of') AND valid_until >= getvariable('as_of')
    UNION
    SELECT organisation_id, lower(trim(unnest([record_key, title]))) FROM visible_risk
    WHERE may_approve(accepted_by) AND accepted_on <= getvariable('as_of')
        AND coalesce(valid_until, review_due) >= getvariable('as_of')
), open_finding AS (
    -- found by someone who judges, about a norm or the control it belongs to, serious, and its time is up
    SELECT f.organisation_id, n.framework_id, n.norm_id, f.evidence_id, day_of(f.due_at) + 1 AS due_on
    FROM visible_finding AS f
    JOIN catalogue.alias AS x ON x.norm_id = lower(trim(f.norm_ref))
    JOIN catalogue.norm AS n ON n.framework_id = x.to_framework_id
        AND (n.norm_id = x.to_norm_id OR n.parent = x.to_norm_id) AND n.carries_tests
    WHERE f.finding_type IN ('audit', 'pentest', 'assurance', 'supervisor') AND f.resolved_at IS NULL
        AND coalesce(f.severity, 'critical') IN ('critical', 'high')
        AND NOT (coalesce(f.state, 'open') = 'accepted' AND coalesce((f.organisation_id, lower(trim(f.record_key))) IN
            (SELECT (organisation_id, name) FROM accepted WHERE name IS NOT NULL), false))
), attested_not AS (
    -- the newest attestation of each aspect says neither yes nor partly, whoever signed it
    SELECT a.organisation_id, x.to_framework_id AS framework_id, x.to_norm_id AS norm_id, a.aspect,
        max_by(a.evidence_id, (a.signed_on, a.answer NOT IN ('yes', 'partly'), a.evidence_id)) AS evidence_id,
        max_by(a.answer NOT IN ('yes', 'partly'), (a.signed_on, a.answer NOT IN ('yes', 'partly'), a.evidence_id)) AS is_not
    FROM visible_attestation AS a
    JOIN catalogue.alias AS x ON x.framework_id = a.framework_id AND x.norm_id = lower(a.norm_id)
    WHERE a.signed_on <= getvariable('as_of')
    GROUP BY ALL
), contradicting AS (
    SELECT organisation_id, framework_id, norm_id, evidence_id, 'finding' AS source, due_on AS from_day,
        coalesce(due_on <= getvariable('as_of'), true) AS is_now
    FROM open_finding
    UNION ALL
    SELECT organisation_id, framework_id, norm_id, evidence_id, 'attestation', NULL, true FROM attested_not WHERE is_not
), contradiction AS (
    SELECT organisation_id, framework_id, norm_id,
        min(evidence_id) FILTER (source = 'finding' AND is_now) AS finding_id,
        min(evidence_id) FILTER (source = 'attestation') AS attestation_id,
        min(from_day) FILTER (NOT is_now) AS next_cap
    FROM (
        FROM contradicting
        UNION ALL
        -- what contradicts a norm contradicts what rests on it
        SELECT c.* REPLACE (l.framework_id AS framework_id, l.norm_id AS norm_id)
        FROM contradicting AS c
        JOIN catalogue.link AS l ON l.to_framework_id = c.framework_id AND l.to_norm_id = c.norm_id
        WHERE l.relation = 'rests_on'
    )
    GROUP BY organisation_id, framework_id, norm_id
), status AS (
    SELECT r.*, c.finding_id, c.attestation_id, c.next_cap, a.claimed_until,
        a.claim_id IS NOT NULL AND coalesce(a.cancelled_on < a.claimed_on, true) AS is_not_applicable,
        a.claim_id, a.objection,
        coalesce(c.finding_id, c.attestation_id) IS NOT NULL AS is_capped
    FROM rolled AS r
    LEFT JOIN not_applicable AS a USING (organisation_id, framework_id, norm_id)
    LEFT JOIN contradiction AS c USING (organisation_id, framework_id, norm_id)
)
SELECT s.organisation_id, s.framework_id, s.norm_id,
    CASE WHEN s.is_not_applicable THEN 'niet_van_toepassing'
        WHEN s.all_pass AND NOT s.is_capped THEN 'voldoet' WHEN s.nothing_known THEN 'geen_bewijs'
        WHEN s.something_good THEN 'voldoet_deels' ELSE 'voldoet_niet' END AS status,
    s.design, s.existence, s.operation, basis_name(s.weakest) AS basis,
    CASE WHEN s.is_not_applicable THEN s.claimed_until + 1
        ELSE least(s.expires_on, CASE WHEN s.all_pass AND NOT s.is_capped THEN s.next_cap END) END AS expires_on,
    s.tests, s.tests_known, d.excepted_until, d.reason AS exception_reason, d.exception_id,
    CASE WHEN s.is_not_applicable THEN s.claim_id END AS applicability_id,
    CASE WHEN s.claim_id IS NULL THEN s.objection END AS applicability_note,
    s.not_occurred,
    CASE WHEN s.finding_id IS NOT NULL THEN 'finding' WHEN s.attestation_id IS NOT NULL THEN 'attestation' END AS capped_by,
    coalesce(s.finding_id, s.attestation_id) AS cap_id,
    CASE WHEN s.is_not_applicable OR NOT s.something_good OR s.all_pass AND NOT s.is_capped THEN NULL
        WHEN s.is_capped THEN gap_name(1) ELSE gap_name(coalesce(s.gap, 1)) END AS gap
FROM status AS s
LEFT JOIN deviation AS d USING (organisation_id, framework_id, norm_id);
