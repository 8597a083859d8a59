-- The runs that were finished. grain: one row per such run; key: run_no.
CREATE OR REPLACE VIEW reading.finished_run AS
SELECT run_no, run_id, as_of, state, finished_at, catalogue_digest, program_version, manifest_hash
FROM ops.run WHERE state IN ('ok', 'degraded');

-- How many controls and principles had each status after each finished run.
-- grain: one row per run, organisation, level (control, principle) and status.
CREATE OR REPLACE VIEW reading.status_count AS
SELECT r.run_no, s.organisation_id, 'control' AS level, s.status, count(*) AS number
FROM reading.finished_run AS r
JOIN assess.control_status AS s ON s.from_run_no <= r.run_no AND (s.until_run_no IS NULL OR s.until_run_no > r.run_no)
GROUP BY ALL
UNION ALL
SELECT r.run_no, s.organisation_id, 'principle', s.status, count(*)
FROM reading.finished_run AS r
JOIN assess.principle_status AS s ON s.from_run_no <= r.run_no AND (s.until_run_no IS NULL OR s.until_run_no > r.run_no)
GROUP BY ALL;

-- How each source ended the last time that it was tried, and the day of its last success.
-- grain: one row per organisation and source; key: organisation_id, source_id.
CREATE OR REPLACE VIEW reading.present_source AS
SELECT r.organisation_id, r.source_id, coalesce(nullif(r.title, ''), r.source_id) AS title, r.connector, r.status,
    r.reason AS reason_nl, r.reason_en,
    coalesce(r.records, 0) AS records, coalesce(r.rejected, 0) AS rejected, r.fresh_until, good.read_on
FROM ops.source_run AS r
LEFT JOIN (
    SELECT organisation_id, source_id, max(as_of) AS read_on FROM ops.source_run WHERE status = 'ok' GROUP BY ALL
) AS good USING (organisation_id, source_id)
QUALIFY row_number() OVER (PARTITION BY r.organisation_id, r.source_id ORDER BY r.recorded_at DESC) = 1;

-- What the newest reading of each source merged, left out, skipped or could not know; word is a code, number how often.
-- grain: one row per remark; key: organisation_id, source_id, sequence.
CREATE OR REPLACE VIEW reading.present_remark AS
SELECT r.organisation_id, r.source_id, r.sequence, r.word, coalesce(r.place, '') AS place_nl, r.place_en,
    r.text AS text_nl, r.text_en, r.count AS number
FROM ops.source_remark AS r
JOIN (SELECT organisation_id, source_id, max_by(run_id, recorded_at) AS run_id FROM ops.source_run GROUP BY ALL) AS last
    USING (organisation_id, source_id, run_id);

-- Every reason for which the newest reading of a source rejected a row. grain: one row per row and reason.
CREATE OR REPLACE VIEW reading.present_rejected AS
SELECT q.organisation_id, q.source_id, q.kind, q.locator, q.column_name AS column_nl,
    coalesce(q.column_name_en, q.column_name) AS column_en, q.value, q.expected AS expected_nl,
    coalesce(q.expected_en, q.expected) AS expected_en, q.expectation, q.record_key, q.record
FROM ops.quarantine AS q
JOIN (SELECT organisation_id, source_id, max_by(run_id, recorded_at) AS run_id FROM ops.source_run GROUP BY ALL) AS last
    USING (organisation_id, source_id, run_id);

-- The words of the newest reading of each source that no vocabulary knows; column_name as the source calls it, times how often.
-- grain: one row per word; key: organisation_id, source_id, kind, column_name, field, word.
CREATE OR REPLACE VIEW reading.present_unknown_word AS
SELECT w.organisation_id, w.source_id, w.kind, w.column_name, w.field, w.word, coalesce(w.nearest, '') AS nearest, w.times
FROM ops.unknown_word AS w
JOIN (SELECT organisation_id, source_id, max_by(run_id, recorded_at) AS run_id FROM ops.source_run GROUP BY ALL) AS last
    USING (organisation_id, source_id, run_id);

-- How many tests of norms there are, and how many of them had evidence. grain: one row per organisation.
CREATE OR REPLACE VIEW reading.test_count AS
SELECT organisation_id, count(*) AS tests, count(*) FILTER (result <> 'no_evidence') AS known
FROM assess.test_result
WHERE until_run_no IS NULL AND purpose = 'norm'
GROUP BY organisation_id;

-- The versions of a year that were frozen. grain: one row per version; key: organisation_id, year, version.
CREATE OR REPLACE VIEW reading.frozen_year AS
SELECT organisation_id, "year", version, manifest, manifest_hash, signature, public_key FROM account.freeze;

-- What each step of a run took. grain: one row per run and step; key: run_no, step.
CREATE OR REPLACE VIEW reading.run_step AS
SELECT run_no, step, began_at, seconds, number FROM ops.step;

-- Of each day from the first run until the newest: whether its night was in time, and how many of the sources were. A night is in
-- time when a run of that day was finished before seven o'clock (Amsterdam); a source when it was read, and what it delivered
-- counts on that day. grain: one row per day; key: day.
CREATE OR REPLACE VIEW reading.night AS
WITH finished AS (
    SELECT run_no, run_id, as_of AS day, state, started_at, finished_at,
        finished_at < first_moment_of(as_of) + INTERVAL 7 HOURS AS is_in_time
    FROM ops.run WHERE state IN ('ok', 'degraded')
),
best AS (  -- of several runs of a day the first one that was finished
    FROM finished QUALIFY row_number() OVER (PARTITION BY day ORDER BY finished_at, run_no) = 1
),
sources AS (
    SELECT run_id, count(*) AS sources,
        count(*) FILTER (status = 'ok' AND (fresh_until IS NULL OR fresh_until >= as_of)) AS sources_in_time
    FROM ops.source_run GROUP BY run_id
),
days AS (
    SELECT unnest(generate_series(min(day), max(day), INTERVAL 1 DAY))::DATE AS day FROM finished
)
SELECT d.day, b.run_no, b.state, b.started_at, b.finished_at, coalesce(b.is_in_time, false) AS is_in_time,
    date_diff('millisecond', b.started_at, b.finished_at) / 1000 AS seconds,
    coalesce(s.sources, 0) AS sources, coalesce(s.sources_in_time, 0) AS sources_in_time
FROM days AS d
LEFT JOIN best AS b USING (day)
LEFT JOIN sources AS s USING (run_id);
