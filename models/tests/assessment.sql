-- Indicator type assessment: the share of our own norms whose evidence is fresh, or proven (domain.md section 5). Fresh: no
-- counting test is without evidence, too old or not in force, and at least one passes. Proven: every counted aspect has a
-- result that is as strong as its test asks, and does not rest on the owner's word alone. Reads new_measure_status and counted_result.
-- grain: one row per organisation and indicator asked; key: organisation_id, test_no.
WITH aspect AS (
    SELECT organisation_id, framework_id, norm_id, aspect, bool_or(result = 'pass') AS passes,
        bool_and(result <> 'no_evidence' AND reason NOT IN ('too_old', 'not_in_force', 'review_overdue', 'objects_too_old')) AS is_fresh,
        bool_or(result <> 'no_evidence' AND is_strong_enough AND basis NOT IN ('declared', 'attested')) AS is_proven
    FROM counted_result
    GROUP BY organisation_id, framework_id, norm_id, aspect
), norm AS (
    SELECT s.organisation_id, s.framework_id, s.norm_id, bool_and(a.is_fresh) AND bool_or(a.passes) AS is_fresh,
        bool_and(a.is_proven) AS is_proven
    FROM new_measure_status AS s
    JOIN catalogue.norm AS n USING (framework_id, norm_id)
    JOIN aspect AS a USING (organisation_id, framework_id, norm_id)
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
