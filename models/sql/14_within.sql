-- Test type within: the share of selected records settled within the deadline; open ones past it count as late
-- (domain.md section 4). grain: one row per organisation and test in scope; key: organisation_id, test_no.
-- Appends to work_result. No case and a covering source that ran: a pass, resting on the pipeline's own record.
INSERT INTO work_result BY NAME
WITH timed AS (
    SELECT s.organisation_id, s.test_no, s.evidence_id, s.settled_at, t.deadline_in_hours,
        CASE WHEN t.deadline_is_due THEN CAST(CAST(s.due_at AS DATE) AS TIMESTAMP)
            WHEN t.deadline_in_hours THEN s.started_at + t.deadline
            ELSE CAST(s.started_at AS DATE) + t.deadline END AS limit_at
    FROM selected_within AS s
    JOIN scope_test AS t USING (organisation_id, test_no)
    WHERE s.happened_on >= window_first_day(getvariable('as_of'), t.window_length)
        AND s.happened_on <= getvariable('as_of')
), sorted AS (
    SELECT organisation_id, test_no, evidence_id, CAST(limit_at AS DATE) AS limit_day,
        CASE WHEN limit_at IS NULL THEN 'left out'
            WHEN settled_at IS NOT NULL THEN CASE
                WHEN deadline_in_hours THEN CASE WHEN settled_at <= limit_at THEN 'in time' ELSE 'late' END
                WHEN CAST(settled_at AS DATE) <= limit_at THEN 'in time' ELSE 'late' END
            WHEN deadline_in_hours AND getvariable('as_of') + INTERVAL 1 DAY > limit_at THEN 'late'
            WHEN NOT deadline_in_hours AND getvariable('as_of') > limit_at THEN 'late'
            ELSE 'left out' END AS verdict,
        settled_at IS NULL AND limit_at IS NOT NULL AS is_open
    FROM timed
), summary AS (
    SELECT organisation_id, test_no, count(*) AS selected, count(*) FILTER (verdict = 'in time') AS in_time,
        count(*) FILTER (verdict = 'late') AS late,
        list_sort(list(limit_day) FILTER (is_open AND verdict = 'left out')) AS waiting,
        min_by(evidence_id, order_key(CASE verdict WHEN 'late' THEN 0 WHEN 'in time' THEN 1 ELSE 2 END, evidence_id), 3) AS evidence_ids
    FROM sorted
    GROUP BY organisation_id, test_no
), judged_pair AS (
    SELECT t.organisation_id, t.test_no, coalesce(t.pass_at, 1.0) AS pass_at, t.partial_at, t.window_length,
        coalesce(s.selected, 0) AS selected, coalesce(s.in_time, 0) AS in_time,
        coalesce(s.in_time + s.late, 0) AS denominator, s.waiting, s.evidence_ids, t.deadline_in_hours
    FROM scope_test AS t
    LEFT JOIN summary AS s USING (organisation_id, test_no)
    WHERE t.test_type = 'within'
), result AS (
    SELECT *, CASE WHEN denominator > 0
        THEN judged(in_time / denominator, pass_at, partial_at, 'higher') END AS result
    FROM judged_pair
), forecast AS (
    -- how many of the waiting records must run late before the share is worse
    SELECT *, CASE
            WHEN result = 'pass' THEN list_filter(range(1, len(waiting) + 1), n -> in_time / (denominator + n) < pass_at)[1]
            WHEN result = 'partial' THEN list_filter(range(1, len(waiting) + 1), n -> in_time / (denominator + n) < partial_at)[1]
        END AS needed
    FROM result
)
SELECT f.organisation_id, f.test_no,
    coalesce(f.result, CASE WHEN c.test_no IS NOT NULL THEN 'pass' ELSE 'no_evidence' END) AS result,
    CASE WHEN f.denominator > 0 THEN f.in_time / f.denominator END AS metric,
    CAST(f.in_time AS DOUBLE) AS numerator, CAST(f.denominator AS DOUBLE) AS denominator,
    CASE WHEN f.denominator > 0 THEN 'share_in_time' WHEN c.test_no IS NOT NULL THEN 'no_cases' ELSE 'not_covered' END AS reason,
    f.waiting[f.needed] + CASE WHEN f.deadline_in_hours THEN 0 ELSE 1 END AS expires_on,
    least(CAST(date_trunc('year', getvariable('as_of')) + INTERVAL 1 YEAR AS DATE), f.waiting[1],
        c.fresh_until + 1, CASE WHEN f.window_length IS NOT NULL THEN getvariable('as_of') + 1 END) AS changes_on,
    f.selected,
    CASE WHEN f.denominator = 0 AND c.test_no IS NOT NULL THEN 'measurement' END AS evidence_kind,
    CASE WHEN f.denominator > 0 THEN f.evidence_ids WHEN c.evidence_id IS NOT NULL THEN [c.evidence_id] END AS evidence_ids
FROM forecast AS f
LEFT JOIN covered AS c USING (organisation_id, test_no);
