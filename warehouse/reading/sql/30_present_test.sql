-- What each test and each indicator's measurement came to, with what it looks at and where its thresholds lie.
-- grain: one row per organisation and test in scope; key: organisation_id, framework_id, purpose, test_id.
-- norm_id of an indicator is its principle. norm_status and excepted_until are those of the norm that carries the test, NULL for
-- an indicator. evidence_ids: the records that decided, the most important first; never NULL. aspect_order sorts as an auditor
-- asks: design, existence, operation. outdone_in: the group of tests in which another came out better, so that this one does not
-- count; else NULL. outcome: what is told of it, the result of a test and the colour of an indicator.
CREATE OR REPLACE VIEW reading.present_test AS
SELECT r.organisation_id, r.framework_id, r.norm_id, n.parent, n.norm_order, n.title_nl AS norm_title_nl,
    n.title_en AS norm_title_en, s.status AS norm_status, s.excepted_until, r.purpose, r.test_id, r.aspect,
    CASE r.aspect WHEN 'design' THEN 1 WHEN 'existence' THEN 2 ELSE 3 END AS aspect_order, t.test_type, t.kind, t.selector,
    t.implicit, t.beyond_norm IS true AS beyond_norm, o.any_of AS outdone_in,
    t.sentence_nl, t.sentence_en, t.looked_at_nl, t.looked_at_en, t.criterion_nl, t.criterion_en,
    t.override_reason, r.result, coalesce(v.colour, r.result) AS outcome, r.reason, r.metric, r.numerator, r.denominator, r.basis, r.expires_on, r.selected,
    r.evidence_kind, coalesce(r.evidence_ids, []) AS evidence_ids
FROM assess.test_result AS r
JOIN catalogue.test AS t ON t.framework_id = r.framework_id AND t.test_id = r.test_id AND t.purpose = r.purpose
LEFT JOIN catalogue.norm AS n ON n.framework_id = r.framework_id AND n.norm_id = r.norm_id
LEFT JOIN assess.measure_status AS s ON s.organisation_id = r.organisation_id AND s.framework_id = r.framework_id
    AND s.norm_id = r.norm_id AND s.until_run_no IS NULL AND r.purpose = 'norm'
LEFT JOIN reading.outdone_test AS o ON o.organisation_id = r.organisation_id AND o.framework_id = r.framework_id
    AND o.test_id = r.test_id AND r.purpose = 'norm'
LEFT JOIN assess.indicator_value AS v ON v.organisation_id = r.organisation_id AND v.framework_id = r.framework_id
    AND v.indicator_id = r.test_id AND v.until_run_no IS NULL AND r.purpose = 'indicator'
WHERE r.until_run_no IS NULL;
