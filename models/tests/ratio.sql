-- Test type ratio: good / population (domain.md section 4).
-- grain: one row per organisation and test asked; key: organisation_id, test_no.
-- The records named are the ones that are not good, if there are any.
WITH summary AS (
    SELECT s.organisation_id, s.test_no, count(*) AS population, count(*) FILTER (s.good) AS good,
        min_by(s.evidence_id, order_key(CAST(s.good AS INTEGER), s.evidence_id), 3) AS evidence_ids,
        min(s.happened_on) AS oldest
    FROM selected AS s
    GROUP BY s.organisation_id, s.test_no
)
SELECT t.organisation_id, t.test_no,
    CASE WHEN coalesce(s.population, 0) < t.min_population THEN 'no_evidence'
        ELSE judged(s.good / s.population, t.pass_at, t.partial_at, t.direction) END AS result,
    CASE WHEN s.population >= t.min_population THEN s.good / s.population END AS metric,
    CAST(s.good AS DOUBLE) AS numerator, CAST(s.population AS DOUBLE) AS denominator,
    CASE WHEN s.population IS NULL THEN 'no_records' WHEN s.population < t.min_population THEN 'population_too_small'
        WHEN t.direction = 'lower' THEN 'share_counted' ELSE 'share' END AS reason,
    CASE WHEN t.changes_daily THEN getvariable('as_of') + 1
        WHEN t.window_length IS NULL AND t.max_age IS NULL AND t.has_window
            THEN CAST(date_trunc('year', getvariable('as_of')) + INTERVAL 1 YEAR AS DATE)
        ELSE least(CAST(s.oldest + t.max_age AS DATE) + 1, CAST(s.oldest + t.window_length AS DATE)) END AS changes_on,
    coalesce(s.population, 0) AS selected, s.evidence_ids
FROM asked AS t
LEFT JOIN summary AS s USING (organisation_id, test_no);
