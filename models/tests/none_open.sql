-- Test type none_open: no selected record is open longer than max_age (domain.md section 4). One of which the beginning is
-- unknown is open too long. grain: one row per organisation and test asked; key: organisation_id, test_no.
-- A record that may be meant counts only when it is open too long, or will be.
WITH summary AS (
    SELECT organisation_id, test_no, count(*) FILTER (is_certain) AS certain, count(*) AS selected,
        count(*) FILTER (is_open) AS open_records,
        count(*) FILTER (is_open AND coalesce(limit_day < getvariable('as_of'), true)) AS late,
        list_sort(list(coalesce(limit_day, DATE '1900-01-01')) FILTER (is_open)) AS limits,
        min_by(evidence_id, order_key(
            CASE WHEN NOT is_open THEN 60000 WHEN limit_day IS NULL THEN 0
                ELSE least(greatest(day_number(limit_day), 0), 59999) END, evidence_id), 3) AS evidence_ids
    FROM selected
    WHERE is_certain OR is_open
    GROUP BY organisation_id, test_no
), result AS (
    SELECT t.organisation_id, t.test_no, t.tolerate, coalesce(s.certain, 0) AS certain, s.selected, s.open_records, s.late,
        s.limits, s.evidence_ids,
        c.test_no IS NOT NULL AND t.zero = 'not_occurred' AS is_covered, c.fresh_until, c.evidence_id AS run_evidence_id,
        CASE WHEN s.late > t.tolerate THEN 'fail' WHEN s.late > 0 THEN 'partial' WHEN s.certain > 0 THEN 'pass' END AS result
    FROM asked AS t
    LEFT JOIN summary AS s USING (organisation_id, test_no)
    LEFT JOIN covered AS c USING (organisation_id, test_no)
)
SELECT organisation_id, test_no,
    coalesce(result, CASE WHEN is_covered THEN 'not_occurred' ELSE 'no_evidence' END) AS result,
    CASE WHEN result IS NOT NULL THEN CAST(late AS DOUBLE) END AS metric,
    CASE WHEN result IS NOT NULL THEN CAST(late AS DOUBLE) END AS numerator,
    CASE WHEN result IS NOT NULL THEN CAST(open_records AS DOUBLE) END AS denominator,
    CASE WHEN result IS NOT NULL THEN 'open_too_long' WHEN is_covered THEN 'no_cases' ELSE 'not_covered' END AS reason,
    CASE WHEN result = 'partial' THEN limits[tolerate + 1] + 1 WHEN result = 'pass' THEN limits[1] + 1
        WHEN result IS NULL AND is_covered THEN limits[1] + 1 END AS expires_on,
    CASE WHEN result = 'pass' THEN limits[tolerate + 1] + 1 END AS weak_until,
    least(list_filter(limits, day -> day >= getvariable('as_of'))[1] + 1,
        CASE WHEN result IS NULL THEN fresh_until + 1 END) AS changes_on,
    coalesce(selected, 0) AS selected,
    CASE WHEN result IS NULL AND is_covered THEN 'measurement' END AS evidence_kind,
    CASE WHEN result IS NOT NULL THEN evidence_ids WHEN is_covered AND run_evidence_id IS NOT NULL
        THEN [run_evidence_id] END AS evidence_ids
FROM result;
