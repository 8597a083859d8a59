-- Test type current: a selected record is in force on the day (domain.md section 4). Where its kind knows a day of adoption, it
-- is not in force without one, nor before it. What says nothing of its review counts until the end of its life.
-- grain: one row per organisation and test asked; key: organisation_id, test_no.
WITH judged_record AS (
    SELECT s.organisation_id, s.test_no, s.evidence_id, t.grace IS NOT NULL AS has_grace, s.ends_on,
        coalesce(s.in_force, false) AND coalesce(s.ends_on, DATE '9999-12-31') >= getvariable('as_of')
            AND (NOT s.has_adoption OR coalesce(s.adopted_on <= getvariable('as_of'), false)) AS in_force,
        least(coalesce(s.ends_on, DATE '9999-12-31'), coalesce(s.review_due, s.life_end, DATE '9999-12-31')) AS pass_end,
        least(coalesce(s.ends_on, DATE '9999-12-31'),
            coalesce(CAST(s.review_due + t.grace AS DATE), s.review_due, s.life_end, DATE '9999-12-31')) AS partial_end
    FROM selected AS s
    JOIN asked AS t USING (organisation_id, test_no)
), summary AS (
    SELECT organisation_id, test_no, count(*) AS selected, count(*) FILTER (in_force) AS in_force,
        max(pass_end) FILTER (in_force) AS pass_end, min(ends_on) FILTER (in_force) AS first_end,
        max(partial_end) FILTER (in_force AND has_grace) AS partial_end,
        max_by(evidence_id, order_key(
            CASE WHEN NOT in_force THEN 0 ELSE least(day_number(greatest(pass_end, DATE '1970-01-02')), 60000) END,
            evidence_id), 3) AS evidence_ids
    FROM judged_record
    GROUP BY organisation_id, test_no
), result AS (
    SELECT *, CASE
            WHEN pass_end >= getvariable('as_of') THEN 'pass'
            WHEN partial_end >= getvariable('as_of') THEN 'partial'
            ELSE 'fail' END AS result
    FROM summary
)
SELECT t.organisation_id, t.test_no, coalesce(r.result, 'no_evidence') AS result,
    CASE WHEN r.result IS NOT NULL THEN CAST(r.result = 'pass' AS DOUBLE) END AS metric,
    CAST(r.in_force AS DOUBLE) AS numerator, CAST(r.selected AS DOUBLE) AS denominator,
    CASE WHEN r.result IS NULL THEN 'no_records' WHEN r.result = 'pass' THEN 'in_force'
        WHEN r.in_force > 0 THEN 'review_overdue' ELSE 'not_in_force' END AS reason,
    CASE WHEN e.day < DATE '9999-12-31' THEN e.day + 1 END AS expires_on,
    least(CASE WHEN e.day < DATE '9999-12-31' THEN e.day + 1 END, r.first_end + 1) AS changes_on,
    CASE WHEN r.result = 'pass' AND greatest(r.partial_end, r.pass_end) < DATE '9999-12-31'
        THEN greatest(r.partial_end, r.pass_end) + 1 END AS weak_until,
    coalesce(r.selected, 0) AS selected, r.evidence_ids
FROM asked AS t
LEFT JOIN result AS r USING (organisation_id, test_no)
LEFT JOIN LATERAL (SELECT CASE r.result WHEN 'pass' THEN r.pass_end WHEN 'partial' THEN r.partial_end END AS day) AS e ON true;
