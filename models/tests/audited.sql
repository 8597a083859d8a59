-- Test types attested and audited: the newest judgement within max_age (domain.md section 4). On the newest day the
-- worst judgement counts; one that may be meant counts only when it is not positive. grain: one row per organisation and
-- test asked; key: organisation_id, test_no.
WITH ranked AS (
    SELECT *, CASE judgement WHEN 'negative' THEN 0 WHEN 'exceptions' THEN 1 ELSE 2 END AS goodness,
        rank() OVER (PARTITION BY organisation_id, test_no ORDER BY happened_on DESC) AS position
    FROM selected
    WHERE judgement IS NOT NULL AND happened_on <= getvariable('as_of') AND (is_certain OR judgement <> 'positive')
), summary AS (
    SELECT organisation_id, test_no, min(goodness) AS goodness, any_value(happened_on) AS day, count(*) AS selected,
        min_by(evidence_id, order_key(goodness, evidence_id), 3) AS evidence_ids
    FROM ranked
    WHERE position = 1
    GROUP BY organisation_id, test_no
), result AS (
    SELECT t.organisation_id, t.test_no, s.goodness, s.selected, s.evidence_ids, CAST(s.day + t.max_age AS DATE) AS last_day
    FROM asked AS t
    LEFT JOIN summary AS s USING (organisation_id, test_no)
)
SELECT organisation_id, test_no,
    CASE WHEN goodness IS NULL OR last_day < getvariable('as_of') THEN 'no_evidence'
        WHEN goodness = 2 THEN 'pass' WHEN goodness = 1 THEN 'partial' ELSE 'fail' END AS result,
    CASE WHEN goodness IS NULL THEN 'no_records' WHEN last_day < getvariable('as_of') THEN 'too_old'
        WHEN goodness = 2 THEN 'positive' WHEN goodness = 1 THEN 'exceptions' ELSE 'negative' END AS reason,
    CASE WHEN goodness > 0 AND last_day >= getvariable('as_of') THEN last_day + 1 END AS expires_on,
    CASE WHEN goodness > 0 AND last_day >= getvariable('as_of') THEN last_day + 1 END AS weak_until,
    CASE WHEN last_day >= getvariable('as_of') THEN last_day + 1 END AS changes_on,
    coalesce(selected, 0) AS selected, evidence_ids
FROM result;
