-- Test type fresh: the newest selected record is no older than max_age (domain.md section 4).
-- grain: one row per organisation and test asked; key: organisation_id, test_no.
WITH summary AS (
    SELECT organisation_id, test_no, count(*) AS selected, max(happened_on) AS newest,
        max_by(evidence_id, order_key(day_number(happened_on), evidence_id), 3) AS evidence_ids
    FROM selected
    WHERE happened_on <= getvariable('as_of')
    GROUP BY organisation_id, test_no
), limits AS (
    SELECT t.organisation_id, t.test_no, s.selected, s.newest, s.evidence_ids,
        CAST(s.newest + t.max_age AS DATE) AS pass_end,
        CAST(s.newest + t.max_age + t.grace AS DATE) AS partial_end
    FROM asked AS t
    LEFT JOIN summary AS s USING (organisation_id, test_no)
)
SELECT organisation_id, test_no,
    CASE WHEN newest IS NULL THEN 'no_evidence' WHEN pass_end >= getvariable('as_of') THEN 'pass'
        WHEN partial_end >= getvariable('as_of') THEN 'partial' ELSE 'fail' END AS result,
    CASE WHEN newest IS NULL THEN 'no_records' WHEN pass_end >= getvariable('as_of') THEN 'fresh'
        ELSE 'too_old' END AS reason,
    CASE WHEN pass_end >= getvariable('as_of') THEN pass_end + 1
        WHEN partial_end >= getvariable('as_of') THEN partial_end + 1 END AS expires_on,
    CASE WHEN pass_end >= getvariable('as_of') THEN pass_end + 1
        WHEN partial_end >= getvariable('as_of') THEN partial_end + 1 END AS changes_on,
    coalesce(selected, 0) AS selected, evidence_ids
FROM limits;
