-- Test type within: the share of selected records settled within the deadline (domain.md section 4). Open ones past it, and
-- those whose deadline cannot be known, count as late. grain: one row per organisation and test asked; key: organisation_id,
-- test_no. A record that may be meant counts only when it is late, or will be when its term has ended.
WITH sorted AS MATERIALIZED (
    -- 0 late, 1 left out (open, and its limit has not passed), 2 in time
    SELECT organisation_id, test_no, evidence_id, limit_day, is_certain, once, once_by_best,
        CAST(CASE WHEN limit_day IS NULL THEN 0
            WHEN is_open THEN CASE WHEN limit_day < getvariable('as_of') THEN 0 ELSE 1 END
            WHEN in_time THEN 2 ELSE 0 END AS TINYINT) AS verdict
    FROM selected
), counted AS (
    SELECT organisation_id, test_no, verdict, evidence_id, CASE WHEN verdict = 1 THEN limit_day END AS limit_day
    FROM sorted
    WHERE (is_certain OR verdict <> 2) AND once IS NULL -- by itself
    UNION ALL
    -- what is listed more than once counts once: a person by the best record of which the term has ended, anything else by the
    -- worst
    SELECT organisation_id, test_no,
        CASE WHEN any_value(once_by_best) AND bool_or(verdict = 2) THEN 2 ELSE min(verdict) END,
        min_by(evidence_id, order_key(CASE WHEN once_by_best AND verdict = 2 THEN 0 ELSE verdict + 1 END, evidence_id)),
        CASE WHEN any_value(once_by_best) THEN max(limit_day) FILTER (verdict = 1) ELSE min(limit_day) FILTER (verdict = 1) END
    FROM sorted
    WHERE (is_certain OR verdict <> 2) AND once IS NOT NULL
    GROUP BY organisation_id, test_no, once
), summary AS (
    SELECT organisation_id, test_no, count(*) AS selected, count(*) FILTER (verdict = 2) AS in_time,
        count(*) FILTER (verdict = 0) AS late,
        list_sort(list(limit_day) FILTER (verdict = 1)) AS waiting,
        min_by(evidence_id, order_key(verdict, evidence_id), 3) AS evidence_ids
    FROM counted
    GROUP BY organisation_id, test_no
), judged_pair AS (
    SELECT t.organisation_id, t.test_no, t.pass_at, t.partial_at, t.window_length,
        coalesce(s.selected, 0) AS selected, coalesce(s.in_time, 0) AS in_time,
        coalesce(s.in_time + s.late, 0) AS denominator, s.waiting, s.evidence_ids,
        c.test_no IS NOT NULL AND t.zero = 'not_occurred' AS is_covered, c.fresh_until, c.evidence_id AS run_evidence_id
    FROM asked AS t
    LEFT JOIN summary AS s USING (organisation_id, test_no)
    LEFT JOIN covered AS c USING (organisation_id, test_no)
), result AS (
    SELECT *, CASE WHEN denominator > 0 THEN judged(in_time / denominator, pass_at, partial_at, 'higher')
        WHEN is_covered THEN 'not_occurred' ELSE 'no_evidence' END AS result
    FROM judged_pair
), forecast AS (
    -- how many of the waiting records must run late before the share is worse
    SELECT *, CASE
            WHEN result IN ('pass', 'not_occurred')
                THEN list_filter(range(1, len(waiting) + 1), n -> in_time / (denominator + n) < pass_at)[1]
            WHEN result = 'partial' THEN list_filter(range(1, len(waiting) + 1), n -> in_time / (denominator + n) < partial_at)[1]
        END AS needed,
        list_filter(range(1, len(waiting) + 1), n -> in_time / (denominator + n) < coalesce(partial_at, pass_at))[1] AS needed_past_partial
    FROM result
)
SELECT organisation_id, test_no, result,
    CASE WHEN denominator > 0 THEN in_time / denominator END AS metric,
    CAST(in_time AS DOUBLE) AS numerator, CAST(denominator AS DOUBLE) AS denominator,
    CASE WHEN denominator > 0 THEN 'share_in_time' WHEN NOT is_covered THEN 'not_covered'
        WHEN selected > 0 THEN 'waiting' ELSE 'no_cases' END AS reason,
    waiting[needed] + 1 AS expires_on,
    CASE WHEN result = 'pass' THEN waiting[needed_past_partial] + 1 END AS weak_until,
    least(CAST(date_trunc('year', getvariable('as_of')) + INTERVAL 1 YEAR AS DATE), waiting[1] + 1,
        CASE WHEN denominator = 0 THEN fresh_until + 1 END,
        CASE WHEN window_length IS NOT NULL AND selected > 0 THEN getvariable('as_of') + 1 END) AS changes_on,
    selected,
    CASE WHEN denominator = 0 AND is_covered THEN 'measurement' END AS evidence_kind,
    CASE WHEN denominator > 0 THEN evidence_ids WHEN is_covered AND run_evidence_id IS NOT NULL
        THEN [run_evidence_id] END AS evidence_ids
FROM forecast;
