-- How well each source of a kind of evidence is known, as the newest finished run found it.
-- grain: one row per organisation, source and kind that the source can deliver; key: organisation_id, source_id, kind.
-- kind NULL: nothing says what the source delivers, so it may be anything. state, the first that holds:
--   removed     it is no longer in the settings
--   never_read  no reading of it ever succeeded
--   failed      the newest attempt could not read it
--   held_back   the newest attempt read it, and nothing of it was stored
--   stale       what it gave last is too old on the as-of day
--   partial     it was never read whole
--   rejected    rows of this kind were kept out since it was last read whole (`rejected` of them)
--   whole       none of these: what it does not hold is not there
-- read_on: the day of the last reading that succeeded, NULL when there is none.
CREATE OR REPLACE VIEW reading.source_of_kind AS
WITH present_run AS (
    SELECT run_id, as_of FROM ops.run WHERE state IN ('ok', 'degraded') ORDER BY run_no DESC LIMIT 1
), source AS (
    SELECT organisation_id, source_id, max_by(run_id, recorded_at) AS run_id, max_by(title, recorded_at) AS title,
        max_by(status, recorded_at) AS status, max(as_of) FILTER (status = 'ok') AS read_on,
        max_by(fresh_until, recorded_at) FILTER (status = 'ok') AS fresh_until,
        max(recorded_at) FILTER (status = 'ok' AND complete) AS read_whole_at
    FROM ops.source_run
    GROUP BY organisation_id, source_id
), told AS (
    SELECT organisation_id, source_id, run_id, kind FROM ops.source_kind
    UNION
    SELECT organisation_id, source_id, run_id, kind FROM ops.validation
), newest_told AS (
    SELECT t.organisation_id, t.source_id, t.kind
    FROM told AS t
    JOIN ops.source_run AS r USING (run_id, organisation_id, source_id)
    QUALIFY r.recorded_at = max(r.recorded_at) OVER (PARTITION BY t.organisation_id, t.source_id)
), rejected AS (
    SELECT q.organisation_id, q.source_id, q.kind, count(DISTINCT coalesce(q.record_key, CAST(q.locator AS VARCHAR))) AS number
    FROM ops.quarantine AS q
    JOIN ops.source_run AS r USING (run_id, organisation_id, source_id)
    JOIN source AS s USING (organisation_id, source_id)
    WHERE r.recorded_at >= s.read_whole_at
    GROUP BY q.organisation_id, q.source_id, q.kind
)
SELECT s.organisation_id, s.source_id, k.kind, coalesce(nullif(s.title, ''), s.source_id) AS title,
    CASE
        WHEN s.run_id <> p.run_id THEN 'removed'
        WHEN s.read_on IS NULL THEN 'never_read'
        WHEN s.status = 'failed' THEN 'failed'
        WHEN s.status <> 'ok' THEN 'held_back'
        WHEN s.fresh_until IS NULL OR s.fresh_until < p.as_of THEN 'stale'
        WHEN s.read_whole_at IS NULL THEN 'partial'
        WHEN r.number > 0 THEN 'rejected'
        ELSE 'whole'
    END AS state,
    s.read_on, s.fresh_until, coalesce(r.number, 0) AS rejected
FROM source AS s
CROSS JOIN present_run AS p
LEFT JOIN newest_told AS k USING (organisation_id, source_id)
LEFT JOIN rejected AS r ON r.organisation_id = s.organisation_id AND r.source_id = s.source_id AND r.kind = k.kind;
