-- The risks that are open, as far as the register says; one without a state is open.
-- grain: one row per open risk that is known now; key: organisation_id, source_id, record_key.
-- unrated: its level is not known, so it may be the largest. unbounded: up to which level it is accepted is not known, so it
-- may be too large. above: its level is higher than what is accepted. accepted: somebody took it, not later than the as-of
-- day. overdue: the day by which it must be looked at again has passed. undated: there is no such day.
CREATE OR REPLACE VIEW reading.risk AS
WITH present_run AS (
    SELECT as_of FROM ops.run WHERE state IN ('ok', 'degraded') ORDER BY run_no DESC LIMIT 1
)
SELECT r.organisation_id, r.source_id, r.record_key, r.evidence_id, coalesce(r.title, r.record_key) AS title, r.process,
    r.owner, r.residual, r.appetite, r.accepted_on, r.review_due,
    r.residual IS NULL AS unrated,
    r.residual IS NOT NULL AND r.appetite IS NULL AS unbounded,
    coalesce(r.residual > r.appetite, false) AS above,
    coalesce(r.accepted_on <= p.as_of, false) AS accepted,
    coalesce(r.review_due < p.as_of, false) AS overdue,
    r.review_due IS NULL AS undated
FROM evidence.risk AS r
CROSS JOIN present_run AS p
WHERE r.retired_at IS NULL AND r.state IS DISTINCT FROM 'closed';
