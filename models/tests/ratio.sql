-- Test type ratio: good / population (domain.md section 4).
-- grain: one row per organisation and test asked; key: organisation_id, test_no.
-- A record that may be meant counts only against, and that it may be tells that there may be cases. What is listed more than once counts once: a person by the best record,
-- anything else by the worst; more than five with one owner for all pass in part. The records named first are those that count against.
WITH looked_at AS MATERIALIZED (
    SELECT organisation_id, test_no, evidence_id, once, once_by_best, against, happened_on, owner, is_certain OR against AS counts
    FROM selected
), member AS (
    SELECT organisation_id, test_no, counts, counts AND against AS against, evidence_id, happened_on AS oldest, owner
    FROM looked_at
    WHERE once IS NULL -- by itself
    UNION ALL
    SELECT organisation_id, test_no, bool_or(counts),
        CASE WHEN any_value(once_by_best) THEN bool_and(against) FILTER (counts) ELSE bool_or(against) FILTER (counts) END,
        min_by(evidence_id, order_key(CAST((NOT against) <> once_by_best AS INTEGER), evidence_id)) FILTER (counts),
        min(happened_on) FILTER (counts), min(owner) FILTER (counts)
    FROM looked_at
    WHERE once IS NOT NULL
    GROUP BY organisation_id, test_no, once
), summary AS (
    SELECT organisation_id, test_no, count(*) FILTER (counts) AS population, count(*) FILTER (against) AS against,
        min_by(evidence_id, order_key(CAST(NOT against AS INTEGER), evidence_id), 3) FILTER (counts) AS evidence_ids,
        min(oldest) FILTER (counts) AS oldest,
        count(owner) FILTER (counts) > 5 AND min(owner) FILTER (counts) = max(owner) FILTER (counts) AS is_one_owner
    FROM member
    GROUP BY organisation_id, test_no
), counted AS (
    SELECT t.*, coalesce(s.population, 0) AS selected, s.evidence_ids, s.oldest, c.evidence_id AS run_evidence_id,
        c.fresh_until, coalesce(s.is_one_owner, false) AS is_one_owner,
        CASE WHEN s.population = 0 THEN NULL WHEN t.direction = 'lower' THEN s.against ELSE s.population - s.against END AS good,
        s.test_no IS NULL AND y.population IS NULL AND t.zero = 'not_occurred' AND c.test_no IS NOT NULL AS did_not_occur
    FROM asked AS t
    LEFT JOIN summary AS s USING (organisation_id, test_no)
    LEFT JOIN covered AS c USING (organisation_id, test_no)
    LEFT JOIN catalogue.test AS y USING (test_no) -- an empty list proves nothing
), judged_share AS (
    SELECT *, CASE WHEN did_not_occur THEN 'not_occurred' WHEN selected < min_population OR selected = 0 THEN 'no_evidence'
        ELSE judged(good / selected, pass_at, partial_at, direction) END AS judgement
    FROM counted
)
SELECT organisation_id, test_no,
    -- one role that owns everything is no owner of its own for each (domain.md section 5, Separation)
    CASE WHEN judgement = 'pass' AND is_one_owner THEN 'partial' ELSE judgement END AS result,
    CASE WHEN selected >= min_population THEN good / selected END AS metric,
    CAST(good AS DOUBLE) AS numerator, CASE WHEN selected > 0 THEN CAST(selected AS DOUBLE) END AS denominator,
    CASE WHEN did_not_occur THEN 'no_cases' WHEN selected = 0 THEN 'no_records'
        WHEN selected < min_population THEN 'population_too_small'
        WHEN judgement = 'pass' AND is_one_owner THEN 'one_owner'
        WHEN direction = 'lower' THEN 'share_counted' ELSE 'share' END AS reason,
    CAST(NULL AS DATE) AS expires_on,
    least(CASE WHEN did_not_occur THEN fresh_until + 1 END,
        CASE WHEN changes_daily THEN getvariable('as_of') + 1
        WHEN window_length IS NULL AND max_age IS NULL AND has_window
            THEN CAST(date_trunc('year', getvariable('as_of')) + INTERVAL 1 YEAR AS DATE)
        ELSE least(CAST(oldest + max_age AS DATE) + 1, CAST(oldest + window_length AS DATE)) END) AS changes_on,
    selected, CASE WHEN did_not_occur THEN 'measurement' END AS evidence_kind,
    CASE WHEN selected > 0 THEN evidence_ids WHEN did_not_occur AND run_evidence_id IS NOT NULL
        THEN [run_evidence_id] END AS evidence_ids
FROM judged_share;
