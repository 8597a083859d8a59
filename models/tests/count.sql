-- Indicator type count: how many selected records there are.
-- grain: one row per organisation and indicator asked; key: organisation_id, test_no.
-- Nothing counted is zero when a covering source ran, and unknown when none did.
WITH summary AS (
    SELECT organisation_id, test_no, count(*) AS selected,
        max_by(evidence_id, order_key(day_number(happened_on), evidence_id), 3) AS evidence_ids,
        min(happened_on) AS oldest
    FROM selected
    WHERE good AND happened_on <= getvariable('as_of')
    GROUP BY organisation_id, test_no
), counted AS (
    SELECT t.organisation_id, t.test_no, t.window_length, t.max_age, t.has_window, c.fresh_until,
        CASE WHEN s.selected IS NOT NULL OR c.test_no IS NOT NULL THEN coalesce(s.selected, 0) END AS total,
        coalesce(s.selected, 0) AS selected,
        least(CAST(s.oldest + t.max_age AS DATE) + 1, CAST(s.oldest + t.window_length AS DATE)) AS leaves_on,
        coalesce(s.evidence_ids, CASE WHEN c.evidence_id IS NOT NULL THEN [c.evidence_id] END) AS evidence_ids
    FROM asked AS t
    LEFT JOIN summary AS s USING (organisation_id, test_no)
    LEFT JOIN covered AS c USING (organisation_id, test_no)
)
SELECT organisation_id, test_no,
    CASE WHEN total IS NULL THEN 'no_evidence' ELSE 'pass' END AS result,
    CAST(total AS DOUBLE) AS metric, CAST(total AS DOUBLE) AS numerator,
    CASE WHEN total IS NULL THEN 'not_covered' ELSE 'counted' END AS reason,
    least(leaves_on, CASE WHEN selected = 0 THEN fresh_until + 1 END, CASE WHEN has_window AND window_length IS NULL
        THEN CAST(date_trunc('year', getvariable('as_of')) + INTERVAL 1 YEAR AS DATE) END) AS changes_on,
    selected, CASE WHEN selected = 0 THEN 'measurement' END AS evidence_kind, evidence_ids
FROM counted;
