-- What was promised to be done about a gap, under the number that its norm has now.
-- grain: one row per improvement that is known now; key: organisation_id, source_id, record_key (evidence_id is unique too).
-- standing, on the as-of day of the newest finished run, the first that holds:
--   cancelled  its source says so
--   done       it has a day of completion that is not later than the as-of day
--   undated    there is no day by which it must be done: whether it is late is not known
--   late       that day has passed
--   planned    that day has not passed
-- running: its source says that the work has begun.
CREATE OR REPLACE VIEW reading.improvement AS
WITH present_run AS (
    SELECT as_of FROM ops.run WHERE state IN ('ok', 'degraded') ORDER BY run_no DESC LIMIT 1
)
SELECT i.organisation_id, i.source_id, i.record_key, i.evidence_id, coalesce(x.to_framework_id, i.framework_id) AS framework_id,
    coalesce(x.to_norm_id, i.norm_id) AS norm_id, coalesce(i.action, i.title, i.record_key) AS action, i.owner, i.due_on,
    i.done_on, i.budget, i.state, i.locator, coalesce(i.state = 'in_progress', false) AS running,
    CASE
        WHEN i.state = 'cancelled' THEN 'cancelled'
        WHEN i.done_on <= p.as_of THEN 'done'
        WHEN i.due_on IS NULL THEN 'undated'
        WHEN i.due_on < p.as_of THEN 'late'
        ELSE 'planned'
    END AS standing
FROM evidence.improvement AS i
CROSS JOIN present_run AS p
LEFT JOIN LATERAL (
    SELECT a.to_framework_id, a.to_norm_id
    FROM catalogue.alias AS a
    JOIN catalogue.norm AS n ON n.framework_id = a.to_framework_id AND n.norm_id = a.to_norm_id
    WHERE a.norm_id = lower(i.norm_id) AND (i.framework_id IS NULL OR a.framework_id = i.framework_id)
    ORDER BY n.carries_tests DESC, n.norm_order
    LIMIT 1
) AS x ON true
WHERE i.retired_at IS NULL;
