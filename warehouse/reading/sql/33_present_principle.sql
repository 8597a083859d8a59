-- The colour of each principle for administrators, with score and coverage (0 to 1).
-- grain: one row per organisation and principle; key: organisation_id, framework_id, principle_id.
CREATE OR REPLACE VIEW reading.present_principle AS
SELECT s.organisation_id, s.framework_id, s.principle_id, n.norm_order, n.title_nl, n.title_en, s.status, s.score, s.coverage,
    coalesce(s.indicators, 0) AS indicators, s.indicators_known, s.controls, s.controls_known
FROM assess.principle_status AS s
JOIN catalogue.norm AS n ON n.framework_id = s.framework_id AND n.norm_id = s.principle_id
WHERE s.until_run_no IS NULL;

-- The same after each finished run. grain: one row per run, organisation and principle.
CREATE OR REPLACE VIEW reading.principle_after_run AS
SELECT r.run_no, s.organisation_id, s.framework_id, s.principle_id, s.status, s.score
FROM ops.run AS r
JOIN assess.principle_status AS s ON s.from_run_no <= r.run_no AND (s.until_run_no IS NULL OR s.until_run_no > r.run_no)
WHERE r.state IN ('ok', 'degraded');
