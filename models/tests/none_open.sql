-- Test type none_open: no selected record is open longer than max_age (domain.md section 4).
-- grain: one row per organisation and test asked; key: organisation_id, test_no.
WITH summary AS (
    SELECT organisation_id, test_no, count(*) AS selected, count(*) FILTER (is_open) AS open_records,
        count(*) FILTER (is_open AND limit_day < getvariable('as_of')) AS late,
        list_sort(list(limit_day) FILTER (is_open)) AS limits,
        min_by(evidence_id, order_key(
            CASE WHEN NOT is_open OR limit_day IS NULL THEN 60000
                ELSE least(greatest(day_number(limit_day), 0), 59999) END, evidence_id), 3) AS evidence_ids
    FROM selected
    GROUP BY organisation_id, test_no
), result AS (
    SELECT t.organisation_id, t.test_no, t.tolerate, s.selected, s.open_records, s.late, s.limits, s.evidence_ids,
        CASE WHEN s.selected IS NULL THEN NULL WHEN s.late = 0 THEN 'pass' WHEN s.late <= t.tolerate THEN 'partial'
            ELSE 'fail' END AS result
    FROM asked AS t
    LEFT JOIN summary AS s USING (organisation_id, test_no)
)
SELECT r.organisation_id, r.test_no,
    coalesce(r.result, CASE WHEN c.test_no IS NOT NULL THEN 'pass' ELSE 'no_evidence' END) AS result,
    CAST(r.late AS DOUBLE) AS metric, CAST(r.late AS DOUBLE) AS numerator, CAST(r.open_records AS DOUBLE) AS denominator,
    CASE WHEN r.result IS NOT NULL THEN 'open_too_long' WHEN c.test_no IS NOT NULL THEN 'no_cases' ELSE 'not_covered' END AS reason,
    CASE r.result WHEN 'pass' THEN r.limits[1] + 1 WHEN 'partial' THEN r.limits[r.tolerate + 1] + 1 END AS expires_on,
    least(list_filter(r.limits, day -> day >= getvariable('as_of'))[1] + 1,
        CASE WHEN r.result IS NULL THEN c.fresh_until + 1 END) AS changes_on,
    coalesce(r.selected, 0) AS selected,
    CASE WHEN r.result IS NULL AND c.test_no IS NOT NULL THEN 'measurement' END AS evidence_kind,
    CASE WHEN r.result IS NOT NULL THEN r.evidence_ids WHEN c.evidence_id IS NOT NULL THEN [c.evidence_id] END AS evidence_ids
FROM result AS r
LEFT JOIN covered AS c USING (organisation_id, test_no);
