-- The answer that is proposed to each question.
-- grain: one row per organisation and question; key: organisation_id, questionnaire_id, question_id.
CREATE OR REPLACE VIEW reading.present_answer AS
SELECT a.organisation_id, a.questionnaire_id, a.question_id, q.question_order, q.text_nl, q.text_en,
    coalesce(q.scale, []) AS scale, a.answer, a.status, a.basis, a.expires_on, a.norms, a.norms_known
FROM assess.answer AS a
JOIN catalogue.question AS q USING (questionnaire_id, question_id)
WHERE a.until_run_no IS NULL;

-- The same proposals after each finished run. grain: one row per run, organisation and question.
CREATE OR REPLACE VIEW reading.answer_after_run AS
SELECT r.run_no, a.organisation_id, a.questionnaire_id, a.question_id, a.answer, a.status
FROM ops.run AS r
JOIN assess.answer AS a ON a.from_run_no <= r.run_no AND (a.until_run_no IS NULL OR a.until_run_no > r.run_no)
WHERE r.state IN ('ok', 'degraded');

-- Which norms a question asks about. grain: one row per question and norm.
-- control_id: the control that the norm belongs to, or itself.
CREATE OR REPLACE VIEW reading.asked_norm AS
SELECT q.questionnaire_id, t.title_nl AS questionnaire_nl, t.title_en AS questionnaire_en, q.question_id, s.question_order,
    q.framework_id, q.norm_id, coalesce(n.parent, n.norm_id) AS control_id, n.norm_order
FROM catalogue.question_norm AS q
JOIN catalogue.norm AS n USING (framework_id, norm_id)
JOIN catalogue.questionnaire AS t USING (questionnaire_id)
JOIN catalogue.question AS s USING (questionnaire_id, question_id);
