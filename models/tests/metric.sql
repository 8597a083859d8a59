-- Test type metric: the newest selected measurement against thresholds (domain.md section 4). Of several on the newest
-- day the worst counts. grain: one row per organisation and test asked; key: organisation_id, test_no.
WITH newest AS (
    SELECT organisation_id, test_no, max(happened_on) AS day
    FROM selected
    WHERE happened_on <= getvariable('as_of') AND value IS NOT NULL
    GROUP BY organisation_id, test_no
), summary AS (
    SELECT s.organisation_id, s.test_no, count(*) AS selected, n.day,
        CASE WHEN t.direction = 'higher' THEN min(s.value) ELSE max(s.value) END AS value,
        min_by(s.evidence_id, (CASE WHEN t.direction = 'higher' THEN s.value ELSE -s.value END, s.evidence_id), 3) AS evidence_ids,
        CAST(n.day + t.max_age AS DATE) AS last_day, t.pass_at, t.partial_at, t.direction
    FROM selected AS s
    JOIN newest AS n ON n.organisation_id = s.organisation_id AND n.test_no = s.test_no AND n.day = s.happened_on
    JOIN asked AS t ON t.organisation_id = s.organisation_id AND t.test_no = s.test_no
    WHERE s.value IS NOT NULL
    GROUP BY s.organisation_id, s.test_no, n.day, t.max_age, t.pass_at, t.partial_at, t.direction
), result AS (
    SELECT *, CASE WHEN last_day < getvariable('as_of') THEN 'no_evidence'
        ELSE judged(value, pass_at, partial_at, direction) END AS result
    FROM summary
)
SELECT t.organisation_id, t.test_no, coalesce(r.result, 'no_evidence') AS result,
    CASE WHEN r.result <> 'no_evidence' THEN r.value END AS metric,
    CASE WHEN r.selected IS NULL THEN 'no_records' WHEN r.result = 'no_evidence' THEN 'too_old' ELSE 'compared' END AS reason,
    CASE WHEN r.result IN ('pass', 'partial') THEN r.last_day + 1 END AS expires_on,
    CASE WHEN r.result = 'pass' THEN r.last_day + 1 END AS weak_until,
    CASE WHEN r.last_day >= getvariable('as_of') THEN r.last_day + 1 END AS changes_on,
    coalesce(r.selected, 0) AS selected, r.evidence_ids
FROM asked AS t
LEFT JOIN result AS r USING (organisation_id, test_no);
