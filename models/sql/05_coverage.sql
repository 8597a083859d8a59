-- Which tests are covered: a source that sees all they ask about was read whole, within its expected interval, and nothing of
-- it was rejected since. Cases are seen only by a source that declares their types; of other kinds a source that holds at least
-- one record sees the absence of others (domain.md section 4). grain: one row per organisation and covered test; key:
-- organisation_id, test_no. Reads ops.source_run, ops.source_coverage, listed_kind, living_test, sign_of_life; evidence_id is the pipeline's own record of
-- the newest good run of one covering source.
CREATE OR REPLACE TEMP TABLE covered AS
WITH good_run AS (
    SELECT organisation_id, source_id, max_by(run_id, (as_of, recorded_at)) AS run_id, max(as_of) AS as_of,
        max_by(fresh_until, (as_of, recorded_at)) AS fresh_until, max(recorded_at) FILTER (complete) AS read_whole_at
    FROM ops.source_run
    WHERE status = 'ok' AND as_of <= getvariable('evidence_as_of') AND recorded_at <= getvariable('known_at')
    GROUP BY organisation_id, source_id
), whole_run AS (
    SELECT g.*
    FROM good_run AS g
    JOIN ops.source_run AS r ON r.organisation_id = g.organisation_id AND r.source_id = g.source_id AND r.status = 'ok'
        AND r.recorded_at >= g.read_whole_at AND r.recorded_at <= getvariable('known_at')
        AND r.as_of <= getvariable('evidence_as_of')
    WHERE g.fresh_until >= getvariable('evidence_as_of')
    GROUP BY ALL
    HAVING coalesce(sum(r.rejected), 0) = 0
), covering AS (
    SELECT w.organisation_id, w.source_id, w.as_of, w.fresh_until, c.kind, c.about
    FROM whole_run AS w
    JOIN ops.source_coverage AS c USING (run_id, organisation_id, source_id)
    WHERE c.about IS NOT NULL OR NOT list_contains(getvariable('case_kinds'), c.kind)
    UNION ALL
    SELECT w.organisation_id, w.source_id, w.as_of, w.fresh_until, l.kind, NULL
    FROM whole_run AS w
    JOIN listed_kind AS l USING (organisation_id, source_id)
), asked AS (
    SELECT test_no, kind, unnest(CASE WHEN len(about) = 0 THEN [NULL] ELSE about END) AS about, len(about) AS values_asked
    FROM catalogue.test
    JOIN catalogue.test_type USING (test_type)
    WHERE leans_on_coverage
), matched AS (
    SELECT a.test_no, a.values_asked, a.about, c.organisation_id, c.source_id, c.as_of, c.fresh_until
    FROM asked AS a
    JOIN covering AS c ON c.kind = a.kind AND (c.about IS NULL OR c.about = a.about)
), complete AS (
    SELECT organisation_id, test_no, min(source_id) AS source_id, min_by(as_of, source_id) AS as_of,
        min(fresh_until) AS fresh_until
    FROM matched
    GROUP BY organisation_id, test_no, values_asked
    HAVING values_asked = 0 OR count(DISTINCT about) = values_asked
), living AS (
    -- some rules want to see that what would tell of a case works
    SELECT c.* REPLACE (least(c.fresh_until, s.last_day) AS fresh_until)
    FROM complete AS c
    LEFT JOIN living_test AS t USING (test_no)
    LEFT JOIN sign_of_life AS s ON s.organisation_id = c.organisation_id AND s.test_no = c.test_no
    WHERE t.test_no IS NULL OR s.last_day >= getvariable('as_of')
)
SELECT c.organisation_id, c.test_no, c.fresh_until, min(m.evidence_id) AS evidence_id
FROM living AS c
LEFT JOIN visible_measurement AS m
    ON m.organisation_id = c.organisation_id AND m.metric = 'source_delivered' AND m.object = c.source_id
    AND day_of(m.observed_at) = c.as_of
GROUP BY c.organisation_id, c.test_no, c.fresh_until;
