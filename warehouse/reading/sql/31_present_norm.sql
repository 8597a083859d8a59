-- The status of each norm that carries tests: measures, controls without measures, norms of other frameworks.
-- grain: one row per organisation and such norm; key: organisation_id, framework_id, norm_id.
-- annex: the annex of the college statement that the framework accounts for.
CREATE OR REPLACE VIEW reading.present_norm AS
SELECT s.organisation_id, s.framework_id, s.norm_id, n.level, n.parent, n.theme, n.norm_order, n.title_nl, n.title_en,
    n.summary_nl, n.summary_en, s.status, s.design, s.existence, s.operation, s.basis, s.expires_on, s.tests, s.tests_known,
    s.excepted_until, s.exception_reason, s.applicability_id, s.applicability_note, coalesce(s.not_occurred, 0) AS not_occurred,
    s.capped_by, s.gap, f.annex
FROM assess.measure_status AS s
JOIN catalogue.norm AS n USING (framework_id, norm_id)
LEFT JOIN catalogue.framework AS f USING (framework_id)
WHERE s.until_run_no IS NULL;
