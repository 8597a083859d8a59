-- Test type recurring: every period in the window holds a selected record (domain.md section 4).
-- grain: one row per organisation and test asked; key: organisation_id, test_no.
-- The same count is made for the as-of day and for each later day on which it can change, so that the first worse day
-- is found by looking, not by reasoning. A running period counts for nothing; one of which the as-of day is the last has ended
-- when what was known is of a later day. After one window and two periods without news nothing is held any more.
WITH pair AS (
    SELECT organisation_id, test_no, every, window_length,
        CASE WHEN every = INTERVAL 1 MONTH THEN 'month' WHEN every = INTERVAL 3 MONTH THEN 'quarter'
            WHEN every = INTERVAL 6 MONTH THEN 'half-year' ELSE 'year' END AS period_name
    FROM asked
), held AS (
    SELECT s.organisation_id, s.test_no,
        CAST(CASE WHEN p.period_name <> 'half-year' THEN date_trunc(p.period_name, s.happened_on)
            ELSE date_trunc('year', s.happened_on)
                + INTERVAL 6 MONTH * ((month(s.happened_on) - 1) // 6) END AS DATE) AS first_day,
        count(*) AS records, count(*) FILTER (s.good) AS good_records,
        max_by(s.evidence_id, order_key(day_number(s.happened_on), s.evidence_id), 1) FILTER (s.good) AS ids,
        max_by(s.evidence_id, order_key(day_number(s.happened_on), s.evidence_id), 1) FILTER (NOT coalesce(s.good, false)) AS bad_ids
    FROM selected AS s
    JOIN pair AS p USING (organisation_id, test_no)
    WHERE s.happened_on <= getvariable('as_of')
    GROUP BY ALL
), known AS (
    SELECT organisation_id, test_no, sum(records) AS selected FROM held GROUP BY organisation_id, test_no
), span AS (
    SELECT p.*, k.selected,
        CAST(CASE WHEN period_name <> 'half-year' THEN date_trunc(period_name, getvariable('as_of'))
            ELSE date_trunc('year', getvariable('as_of'))
                + INTERVAL 6 MONTH * ((month(getvariable('as_of')) - 1) // 6) END AS DATE) AS running,
        CAST(CASE WHEN window_length IS NULL THEN date_trunc('year', getvariable('as_of')) - INTERVAL 1 YEAR
            ELSE date_trunc('year', getvariable('as_of') - window_length) END - every AS DATE) AS earliest,
        CAST(getvariable('as_of') + coalesce(window_length, INTERVAL 1 YEAR) + every + every AS DATE) AS latest
    FROM pair AS p
    JOIN known AS k USING (organisation_id, test_no)
), series AS (
    SELECT *, CAST(unnest(generate_series(CAST(earliest AS TIMESTAMP), CAST(latest AS TIMESTAMP), every)) AS DATE) AS first_day
    FROM span
), period AS (
    SELECT s.organisation_id, s.test_no, s.first_day, CAST(s.first_day + s.every AS DATE) AS next_day,
        coalesce(h.good_records > 0, false) AS is_held, s.window_length, s.latest
    FROM series AS s
    LEFT JOIN held AS h USING (organisation_id, test_no, first_day)
), candidate AS (
    -- of the last day of a period it depends on the hour at which is looked whether the period has ended
    SELECT DISTINCT organisation_id, test_no, day, is_over FROM (
        SELECT organisation_id, test_no, getvariable('as_of') AS day, false AS is_over, latest FROM span
        UNION ALL
        SELECT organisation_id, test_no, first_day, false, latest FROM period
        UNION ALL
        SELECT organisation_id, test_no, next_day - 1, true, latest FROM period
        UNION ALL
        SELECT organisation_id, test_no, CAST(date_trunc('year', first_day) AS DATE), false, latest
        FROM period
        WHERE window_length IS NULL
        UNION ALL
        SELECT organisation_id, test_no, CAST(first_day + window_length AS DATE) + CAST(extra AS INTEGER), false, latest
        FROM period, unnest([0, 1, 2, 3]) AS e(extra)
        WHERE window_length IS NOT NULL
    )
    -- of a later day not every period stands in the series, so that fewer would seem to have ended
    WHERE day BETWEEN getvariable('as_of') AND latest
), counted AS (
    SELECT c.organisation_id, c.test_no, c.day, c.is_over,
        p.is_held, p.first_day,
        p.next_day <= c.day + CAST(c.is_over AS INTEGER) OR (p.next_day = c.day + 1 AND c.day < day_of(getvariable('known_at'))
            AND c.day = getvariable('as_of')) AS has_ended,
        p.first_day >= window_first_day(c.day, p.window_length) AS in_window
    FROM candidate AS c
    JOIN period AS p USING (organisation_id, test_no)
), by_day AS (
    SELECT organisation_id, test_no, day, is_over,
        count(*) FILTER (has_ended AND in_window) AS ended, count(*) FILTER (has_ended AND in_window AND is_held) AS ended_held,
        max_by(is_held, first_day) FILTER (has_ended) AS last_ended_held
    FROM counted
    GROUP BY organisation_id, test_no, day, is_over
), share AS (
    SELECT organisation_id, test_no, day, is_over,
        CASE WHEN ended > 0 THEN ended_held ELSE CAST(last_ended_held AS BIGINT) END AS good,
        CASE WHEN ended > 0 THEN ended ELSE 1 END AS total
    FROM by_day
), judged_day AS (
    SELECT *, CASE WHEN good = total THEN 'pass' WHEN 2 * good >= total THEN 'partial' ELSE 'fail' END AS result FROM share
), today AS (
    SELECT * FROM judged_day WHERE day = getvariable('as_of') AND NOT is_over
), worse AS (
    SELECT d.organisation_id, d.test_no,
        min(d.day) FILTER (NOT d.is_over AND result_rank(d.result) < result_rank(t.result)) AS expires_on,
        min(d.day) FILTER (d.good <> t.good OR d.total <> t.total) AS changes_on,
        min(d.day) FILTER (NOT d.is_over AND result_rank(d.result) < 1) AS weak_until
    FROM judged_day AS d
    JOIN today AS t USING (organisation_id, test_no)
    GROUP BY d.organisation_id, d.test_no
), named AS (
    -- the good ones that hold a period, and the others that left one empty
    SELECT organisation_id, test_no,
        max_by(ids[1], order_key(day_number(first_day), ids[1]), 6) FILTER (ids IS NOT NULL) AS good_ids,
        max_by(bad_ids[1], order_key(day_number(first_day), bad_ids[1]), 3) FILTER (ids IS NULL) AS bad_ids
    FROM held
    GROUP BY organisation_id, test_no
)
SELECT p.organisation_id, p.test_no, coalesce(t.result, 'no_evidence') AS result,
    t.good / t.total AS metric, CAST(t.good AS DOUBLE) AS numerator, CAST(t.total AS DOUBLE) AS denominator,
    CASE WHEN t.result IS NULL THEN 'no_records' WHEN t.result = 'pass' THEN 'every_period' ELSE 'periods_missing' END AS reason,
    w.expires_on, w.weak_until, w.changes_on,
    coalesce(k.selected, 0) AS selected,
    CASE WHEN t.result = 'pass' THEN n.good_ids
        WHEN t.result IS NOT NULL THEN list_slice(list_concat(coalesce(n.bad_ids, []), coalesce(n.good_ids, [])), 1, 6)
        END AS evidence_ids
FROM pair AS p
LEFT JOIN known AS k USING (organisation_id, test_no)
LEFT JOIN today AS t USING (organisation_id, test_no)
LEFT JOIN worse AS w USING (organisation_id, test_no)
LEFT JOIN named AS n USING (organisation_id, test_no);
