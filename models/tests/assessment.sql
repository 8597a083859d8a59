-- Indicator type assessment: the share of our own norms that have a status, or a status that does not rest on the
-- owner's word alone (domain.md section 5). Reads new_measure_status and new_test_result.
-- grain: one row per organisation and indicator asked; key: organisation_id, test_no.
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
), counted AS (
    SELECT t.organisation_id, t.test_no, s.norms, CASE t.formula WHEN 'share_fresh' THEN s.fresh WHEN 'share_proven' THEN s.proven END AS good
    FROM asked AS t
    LEFT JOIN summary AS s USING (organisation_id)
)
SELECT organisation_id, test_no, CASE WHEN norms > 0 THEN 'pass' ELSE 'no_evidence' END AS result, good / norms AS metric,
    CAST(good AS DOUBLE) AS numerator, CAST(norms AS DOUBLE) AS denominator,
    CASE WHEN norms > 0 THEN 'own_statuses' ELSE 'no_records' END AS reason, coalesce(norms, 0) AS selected
FROM counted;
