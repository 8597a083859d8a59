-- Test type sampled: of the records that were drawn, enough were judged good, lately and by somebody else than the owner
-- (domain.md section 4). grain: one row per organisation and test asked; key: organisation_id, test_no.
-- A record that was drawn and not judged is not good. The newest year in which was drawn counts, and all that was drawn in it.
WITH of_sample AS (
    SELECT s.*, year(s.happened_on) AS period, max(year(s.happened_on)) OVER (PARTITION BY s.organisation_id, s.test_no) AS newest
    FROM selected AS s
    JOIN asked AS t USING (organisation_id, test_no)
    WHERE s.sample = t.sample
), newest AS (
    -- a record that stands there twice counts once, by the worse
    SELECT organisation_id, test_no, record_kind, record_source, record_ref, max(evidence_id) AS evidence_id,
        min(judged_on) AS judged_on, bool_and(judged_on IS NOT NULL) AS is_judged,
        bool_and(coalesce(outcome = 'good' AND lower(trim(judged_by)) <> lower(trim(owner)), false)
            AND judged_on IS NOT NULL) AS said_good
    FROM of_sample
    WHERE period = newest
    GROUP BY ALL
), judged_record AS (
    SELECT n.organisation_id, n.test_no, n.evidence_id, n.is_judged, CAST(n.judged_on + t.max_age AS DATE) AS last_day,
        n.said_good AND CAST(n.judged_on + t.max_age AS DATE) >= getvariable('as_of') AS is_good
    FROM newest AS n
    JOIN asked AS t USING (organisation_id, test_no)
), summary AS (
    SELECT organisation_id, test_no, count(*) AS drawn, count(*) FILTER (is_good) AS good,
        count(*) FILTER (is_judged) AS judged, list_sort(list(last_day) FILTER (is_good)) AS ends,
        min_by(evidence_id, order_key(CAST(is_good AS INTEGER), evidence_id), 3) AS evidence_ids
    FROM judged_record
    GROUP BY organisation_id, test_no
), result AS (
    SELECT t.organisation_id, t.test_no, t.pass_at, t.partial_at, s.drawn, s.good, s.judged, s.ends, s.evidence_ids,
        judged(s.good / s.drawn, t.pass_at, t.partial_at, 'higher') AS result
    FROM asked AS t
    LEFT JOIN summary AS s USING (organisation_id, test_no)
), forecast AS (
    -- how many judgements must grow too old before the share is worse
    SELECT *, CASE
            WHEN result = 'pass' THEN list_filter(range(1, len(ends) + 1), n -> (good - n) / drawn < pass_at)[1]
            WHEN result = 'partial' THEN list_filter(range(1, len(ends) + 1), n -> (good - n) / drawn < partial_at)[1]
        END AS needed,
        list_filter(range(1, len(ends) + 1), n -> (good - n) / drawn < coalesce(partial_at, pass_at))[1] AS needed_past_partial
    FROM result
)
SELECT organisation_id, test_no, CASE WHEN drawn IS NULL THEN 'no_evidence' ELSE result END AS result,
    good / drawn AS metric, CAST(good AS DOUBLE) AS numerator, CAST(drawn AS DOUBLE) AS denominator,
    CASE WHEN drawn IS NULL THEN 'not_drawn' WHEN judged < drawn THEN 'not_all_judged' ELSE 'judged_good' END AS reason,
    ends[needed] + 1 AS expires_on, CASE WHEN result = 'pass' THEN ends[needed_past_partial] + 1 END AS weak_until, ends[1] + 1 AS changes_on, coalesce(drawn, 0) AS selected, evidence_ids
FROM forecast;
