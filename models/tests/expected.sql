-- Test type expected: for each case the records that must follow are there, each within its term (domain.md section 4).
-- grain: one row per organisation and test asked; key: organisation_id, test_no.
-- A case belongs to the window by the day on which its last term ends; one that still waits for a record always does.
WITH stage AS (
    SELECT organisation_id, test_no, evidence_id, is_certain, unnest(stages, recursive := true) FROM selected
), settled_case AS (
    -- 0 not good, 1 good, 2 left out: all so far is in time and a term still runs
    SELECT organisation_id, test_no, evidence_id, any_value(is_certain) AS is_certain,
        min(CASE WHEN in_time THEN 1 WHEN followed_on IS NULL AND last_day >= getvariable('as_of') THEN 2 ELSE 0 END) = 0
            AS is_bad,
        bool_and(followed_on IS NOT NULL) AS is_settled, max(followed_on) AS settled_on, max(last_day) AS last_day,
        bool_and(last_day IS NOT NULL) AS has_terms, min(last_day) FILTER (followed_on IS NULL) AS next_day
    FROM stage
    GROUP BY organisation_id, test_no, evidence_id
), sorted AS (
    SELECT c.*, CAST(CASE WHEN c.is_bad THEN 0 WHEN c.is_settled THEN 1 ELSE 2 END AS TINYINT) AS verdict
    FROM settled_case AS c
    JOIN asked AS t USING (organisation_id, test_no)
    WHERE NOT c.is_settled OR CASE WHEN c.has_terms THEN c.last_day ELSE c.settled_on END
        >= window_first_day(getvariable('as_of'), t.window_length)
), summary AS (
    SELECT organisation_id, test_no, count(*) AS selected, count(*) FILTER (verdict = 1) AS good,
        count(*) FILTER (verdict = 0) AS bad, count(*) FILTER (verdict = 0 AND NOT has_terms) AS unclocked,
        list_sort(list(next_day) FILTER (verdict = 2)) AS waiting,
        min_by(evidence_id, order_key(verdict, evidence_id), 3) AS evidence_ids
    FROM sorted
    WHERE is_certain OR verdict <> 1 -- one that may be meant counts only when it is not good, or may become so
    GROUP BY organisation_id, test_no
), judged_pair AS (
    SELECT t.organisation_id, t.test_no, t.pass_at, t.partial_at, t.window_length,
        coalesce(s.selected, 0) AS selected, coalesce(s.good, 0) AS good, coalesce(s.unclocked, 0) AS unclocked,
        coalesce(s.good + s.bad, 0) AS denominator, s.waiting, s.evidence_ids,
        c.test_no IS NOT NULL AND t.zero = 'not_occurred' AS is_covered, c.fresh_until, c.evidence_id AS run_evidence_id
    FROM asked AS t
    LEFT JOIN summary AS s USING (organisation_id, test_no)
    LEFT JOIN covered AS c USING (organisation_id, test_no)
), result AS (
    SELECT *, CASE WHEN denominator > 0 THEN judged(good / denominator, pass_at, partial_at, 'higher')
        WHEN is_covered THEN 'not_occurred' ELSE 'no_evidence' END AS result
    FROM judged_pair
), forecast AS (
    -- how many of the waiting cases must run late before the share is worse
    SELECT *, CASE
            WHEN result IN ('pass', 'not_occurred')
                THEN list_filter(range(1, len(waiting) + 1), n -> good / (denominator + n) < pass_at)[1]
            WHEN result = 'partial' THEN list_filter(range(1, len(waiting) + 1), n -> good / (denominator + n) < partial_at)[1]
        END AS needed,
        list_filter(range(1, len(waiting) + 1), n -> good / (denominator + n) < coalesce(partial_at, pass_at))[1]
            AS needed_past_partial
    FROM result
)
SELECT organisation_id, test_no, result,
    CASE WHEN denominator > 0 THEN good / denominator END AS metric,
    CAST(good AS DOUBLE) AS numerator, CAST(denominator AS DOUBLE) AS denominator,
    CASE WHEN unclocked > 0 THEN 'not_clocked' WHEN denominator > 0 THEN 'followed' WHEN NOT is_covered THEN 'not_covered'
        WHEN selected > 0 THEN 'stages_run' ELSE 'no_cases' END AS reason,
    waiting[needed] + 1 AS expires_on,
    CASE WHEN result = 'pass' THEN waiting[needed_past_partial] + 1 END AS weak_until,
    least(CAST(date_trunc('year', getvariable('as_of')) + INTERVAL 1 YEAR AS DATE), waiting[1] + 1,
        CASE WHEN denominator = 0 THEN fresh_until + 1 END,
        CASE WHEN window_length IS NOT NULL AND selected > 0 THEN getvariable('as_of') + 1 END) AS changes_on,
    selected,
    CASE WHEN denominator = 0 AND is_covered THEN 'measurement' END AS evidence_kind,
    CASE WHEN denominator > 0 THEN evidence_ids WHEN is_covered AND run_evidence_id IS NOT NULL THEN [run_evidence_id] END AS evidence_ids
FROM forecast;
