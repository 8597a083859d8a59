-- The catalogue as readers need it, whatever its tables are.
-- grain: one row per framework; key: framework_id.
CREATE OR REPLACE VIEW reading.framework AS
SELECT framework_id, title_nl, title_en, version FROM catalogue.framework;

-- grain: one row per organisation and framework that it is assessed against.
CREATE OR REPLACE VIEW reading.assessed_framework AS
SELECT DISTINCT s.organisation_id, f.framework_id, f.title_nl, f.title_en
FROM (
    SELECT organisation_id, framework_id FROM assess.measure_status
    UNION ALL
    SELECT organisation_id, framework_id FROM assess.principle_status
) AS s
JOIN catalogue.framework AS f USING (framework_id);

-- grain: one row per norm of a framework; key: framework_id, norm_id.
CREATE OR REPLACE VIEW reading.norm AS
SELECT framework_id, norm_id, level, parent, theme, norm_order, title_nl, title_en, summary_nl, summary_en
FROM catalogue.norm;

-- grain: one row per demand of a norm; key: framework_id, norm_id, demand_id. test_ids: the tests that prove it, [] for none.
CREATE OR REPLACE VIEW reading.demand AS
SELECT d.framework_id, d.norm_id, d.demand_id, d.demand_order, d.part, d.text_nl, d.text_en, d.own_reading, d.strongest,
    d.needs_a_person, coalesce(p.test_ids, []) AS test_ids
FROM catalogue.demand AS d
LEFT JOIN (
    SELECT framework_id, norm_id, demand_id, list(test_id ORDER BY test_id) AS test_ids
    FROM catalogue.demand_test
    GROUP BY framework_id, norm_id, demand_id
) AS p USING (framework_id, norm_id, demand_id);

-- grain: one row per aspect that a norm does not ask; key: framework_id, norm_id, aspect.
CREATE OR REPLACE VIEW reading.not_asked AS
SELECT framework_id, norm_id, aspect, reason_nl, reason_en FROM catalogue.not_asked;

-- grain: one row per norm and control that it is related to.
CREATE OR REPLACE VIEW reading.related_control AS
SELECT l.framework_id, l.norm_id, l.to_framework_id AS control_framework_id, l.to_norm_id AS control_id,
    n.norm_order AS control_order
FROM catalogue.link AS l
JOIN catalogue.norm AS n ON n.framework_id = l.to_framework_id AND n.norm_id = l.to_norm_id
WHERE l.relation = 'related';

-- grain: one row per questionnaire; key: questionnaire_id.
CREATE OR REPLACE VIEW reading.questionnaire AS
SELECT questionnaire_id, title_nl, title_en FROM catalogue.questionnaire;

-- grain: one row per catalogue that was ever used; key: digest. content: the whole catalogue as JSON.
CREATE OR REPLACE VIEW reading.catalogue_content AS
SELECT digest, CAST(content AS VARCHAR) AS content FROM catalogue.version;

-- The tests and indicators of which an organisation's own catalogue changed a parameter, and why.
-- grain: one row per such test; key: test_no. norm_id of an indicator is its principle.
CREATE OR REPLACE VIEW reading.own_threshold AS
SELECT test_no, test_id, purpose, norm_id, criterion_nl, criterion_en, override_reason
FROM catalogue.test
WHERE override_reason IS NOT NULL;
