-- Every present status of norms, principles and indicators, without a text that a person wrote: what leaves the house of an
-- organisation to be counted with those of others. level: measure (any norm that carries tests), control, principle or
-- indicator. grain: one row per organisation, level and norm; key: organisation_id, level, framework_id, norm_id.
CREATE OR REPLACE VIEW reading.status_in_short AS
SELECT s.organisation_id, o.name AS organisation, r.run_no, r.as_of, s.level, s.framework_id, s.norm_id, s.title, s.status,
    s.design, s.existence, s.operation, s.basis, s.expires_on, s.excepted_until, s.score, s.coverage
FROM assess.present_status AS s
LEFT JOIN ops.organisation AS o USING (organisation_id)
CROSS JOIN (SELECT run_no, as_of FROM reading.finished_run ORDER BY run_no DESC LIMIT 1) AS r
ORDER BY s.organisation_id, s.level, s.framework_id, s.norm_id;
