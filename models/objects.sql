-- A test that is asked of each object by itself: the share of objects for which the test passes (domain.md section 4, Per
-- object). One without records is not good. A record of which the object is unknown (it begins with chr(31)) may be about any: one that
-- is not good takes a good object away. `judged_object` is what the type of the test says of each object, by its case number.
-- grain: one row per organisation and test asked; key: organisation_id, test_no.
WITH verdict AS (
    SELECT o.organisation_id, o.test_no, o.object, starts_with(o.object, chr(31)) AS is_unknown, j.result,
        j.result = 'no_evidence' OR j.reason IN ('too_old', 'not_in_force', 'review_overdue') AS is_old, j.expires_on, j.changes_on, j.selected, j.evidence_ids
    FROM object_case AS o
    JOIN judged_object AS j ON j.organisation_id = o.organisation_id AND j.test_no = o.case_no
    WHERE o.object IS NOT NULL
), counted AS (
    SELECT organisation_id, test_no, count(*) FILTER (NOT is_unknown) AS objects,
        bool_or(NOT is_unknown AND is_old) AS are_some_old,
        count(*) FILTER (NOT is_unknown AND result = 'pass') AS good, count(*) FILTER (is_unknown AND result <> 'pass') AS unknown,
        list_sort(list(expires_on) FILTER (result = 'pass' AND expires_on IS NOT NULL)) AS ends,
        min(changes_on) AS changes_on, sum(selected) AS selected,
        list_slice(flatten(list(evidence_ids ORDER BY result_rank(result), object) FILTER (evidence_ids IS NOT NULL)), 1, 3)
            AS evidence_ids
    FROM verdict
    GROUP BY organisation_id, test_no
), summary AS (
    SELECT * REPLACE (CASE WHEN objects = 0 THEN greatest(unknown, 1) ELSE objects END AS objects, greatest(good - unknown, 0) AS good)
    FROM counted
), judged_pair AS (
    SELECT t.organisation_id, t.test_no, t.each_pass_at, t.each_partial_at, s.*  EXCLUDE (organisation_id, test_no),
        CASE WHEN coalesce(s.selected, 0) = 0 THEN 'no_evidence'
            ELSE judged(s.good / s.objects, t.each_pass_at, t.each_partial_at, 'higher') END AS result
    FROM asked AS t
    LEFT JOIN summary AS s USING (organisation_id, test_no)
), forecast AS (
    -- how many objects must stop being good before the share is worse
    SELECT *, list_filter(range(1, len(ends) + 1), n -> (good - n) / objects <
            CASE result WHEN 'pass' THEN each_pass_at WHEN 'partial' THEN each_partial_at END)[1] AS needed,
        list_filter(range(1, len(ends) + 1), n -> (good - n) / objects < coalesce(each_partial_at, each_pass_at))[1]
            AS needed_past_partial
    FROM judged_pair
)
SELECT organisation_id, test_no, result, CASE WHEN selected > 0 THEN good / objects END AS metric,
    CASE WHEN selected > 0 THEN CAST(good AS DOUBLE) END AS numerator,
    CASE WHEN selected > 0 THEN CAST(objects AS DOUBLE) END AS denominator,
    CASE WHEN result = 'no_evidence' THEN 'no_records' WHEN are_some_old THEN 'objects_too_old' ELSE 'objects' END AS reason,
    CASE WHEN result IN ('pass', 'partial') THEN ends[needed] END AS expires_on,
    CASE WHEN result = 'pass' THEN ends[needed_past_partial] END AS weak_until, changes_on,
    coalesce(selected, 0) AS selected, evidence_ids
FROM forecast;
