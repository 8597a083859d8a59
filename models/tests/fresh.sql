-- Test type fresh: the newest selected record is no older than max_age and has the required outcome (domain.md section 4).
-- grain: one row per organisation and test asked; key: organisation_id, test_no.
-- A record that is not good is the newest when its day is unknown; one that may be meant counts only when it is not good.
WITH dated AS (
    SELECT organisation_id, test_no, evidence_id, good, is_certain,
        CASE WHEN good THEN happened_on ELSE coalesce(happened_on, getvariable('as_of')) END AS day
    FROM selected
), summary AS (
    SELECT organisation_id, test_no, count(*) AS selected, max(day) AS newest, max(day) FILTER (good) AS newest_good,
        max(day) FILTER (NOT good) AS newest_bad,
        max_by(evidence_id, order_key(2 * day_number(day) + CAST(NOT good AS INTEGER), evidence_id), 3) AS evidence_ids
    FROM dated
    WHERE day <= getvariable('as_of') AND (is_certain OR NOT good)
    GROUP BY organisation_id, test_no
), limits AS (
    SELECT t.organisation_id, t.test_no, s.selected, s.newest, s.newest_good, s.evidence_ids,
        coalesce(s.newest_bad >= s.newest_good, false) AS lacks_outcome,
        CAST(s.newest_good + t.max_age AS DATE) AS pass_end,
        CAST(s.newest_good + t.max_age + t.grace AS DATE) AS grace_end
    FROM asked AS t
    LEFT JOIN summary AS s USING (organisation_id, test_no)
), judged_pair AS (
    SELECT *, CASE WHEN newest IS NULL THEN 'no_evidence' WHEN newest_good IS NULL THEN 'fail'
        WHEN pass_end >= getvariable('as_of') THEN CASE WHEN lacks_outcome THEN 'partial' ELSE 'pass' END
        WHEN NOT lacks_outcome AND grace_end >= getvariable('as_of') THEN 'partial' ELSE 'fail' END AS result
    FROM limits
)
SELECT organisation_id, test_no, result,
    CASE WHEN result = 'no_evidence' THEN 'no_records' WHEN result = 'pass' THEN 'fresh'
        WHEN newest_good IS NULL OR lacks_outcome THEN 'not_done_well' ELSE 'too_old' END AS reason,
    CASE WHEN result NOT IN ('pass', 'partial') THEN NULL
        WHEN pass_end >= getvariable('as_of') THEN pass_end + 1 ELSE grace_end + 1 END AS expires_on,
    CASE WHEN result NOT IN ('pass', 'partial') THEN NULL
        WHEN pass_end >= getvariable('as_of') THEN pass_end + 1 ELSE grace_end + 1 END AS changes_on,
    CASE WHEN result = 'pass' THEN coalesce(grace_end, pass_end) + 1 END AS weak_until,
    coalesce(selected, 0) AS selected, evidence_ids
FROM judged_pair;
