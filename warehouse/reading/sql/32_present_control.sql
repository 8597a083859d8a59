-- The status of each control of ISO/IEC 27002, from its measures or its own tests.
-- grain: one row per organisation and control; key: organisation_id, framework_id, norm_id.
-- applicability_note: why a statement that the control does not apply is not counted, where it carries tests itself.
CREATE OR REPLACE VIEW reading.present_control AS
SELECT s.organisation_id, s.framework_id, s.norm_id, n.level, n.parent, n.theme, n.norm_order, n.title_nl, n.title_en,
    s.status, s.basis, s.expires_on, s.measures, s.measures_known, s.measures_met, s.excepted_until,
    own.applicability_note, s.gap
FROM assess.control_status AS s
JOIN catalogue.norm AS n USING (framework_id, norm_id)
LEFT JOIN assess.measure_status AS own ON own.organisation_id = s.organisation_id AND own.framework_id = s.framework_id
    AND own.norm_id = s.norm_id AND own.until_run_no IS NULL
WHERE s.until_run_no IS NULL;
