-- Proposed answer to every question: the roll-up of the norms it asks about, on its scale (domain.md section 5).
-- grain: one row per organisation and question; key: organisation_id, questionnaire_id, question_id.
CREATE OR REPLACE TEMP TABLE new_answer AS
WITH status AS (
    SELECT organisation_id, framework_id, norm_id, status, basis, expires_on FROM new_measure_status
    UNION ALL
    SELECT c.organisation_id, c.framework_id, c.norm_id, c.status, c.basis, c.expires_on
    FROM new_control_status AS c
    JOIN catalogue.norm AS n USING (framework_id, norm_id)
    WHERE NOT n.carries_tests
), rolled AS (
    SELECT s.organisation_id, q.questionnaire_id, q.question_id,
        count(*) FILTER (s.status <> 'niet_van_toepassing') AS norms,
        count(*) FILTER (s.status NOT IN ('niet_van_toepassing', 'geen_bewijs')) AS known,
        count(*) FILTER (s.status = 'voldoet') AS met, count(*) FILTER (s.status = 'voldoet_niet') AS unmet,
        count(*) FILTER (s.status = 'geen_bewijs') AS unknown,
        max(basis_rank(s.basis)) FILTER (s.status <> 'niet_van_toepassing') AS weakest,
        min(s.expires_on) FILTER (s.status <> 'niet_van_toepassing') AS expires_on
    FROM catalogue.question_norm AS q
    JOIN status AS s USING (framework_id, norm_id)
    GROUP BY s.organisation_id, q.questionnaire_id, q.question_id
), judged_question AS (
    SELECT *, rolled_up(norms, met, unmet, unknown) AS status
    FROM rolled
)
SELECT j.organisation_id, j.questionnaire_id, j.question_id, j.status,
    CASE j.status WHEN 'voldoet' THEN q.scale[1] WHEN 'voldoet_niet' THEN q.no_word
        WHEN 'voldoet_deels' THEN coalesce(q.partly_word, q.no_word) WHEN 'niet_van_toepassing' THEN q.na_word END AS answer,
    basis_name(j.weakest) AS basis, j.expires_on, j.norms, j.known AS norms_known
FROM judged_question AS j
JOIN (
    SELECT questionnaire_id, question_id, scale,
        list_filter(scale, word -> lower(word) IN ('gedeeltelijk', 'deels', 'partly'))[1] AS partly_word,
        list_filter(scale, word -> lower(word) IN ('nee', 'no'))[1] AS no_word,
        list_filter(scale, word -> lower(word) IN ('n.v.t.', 'niet van toepassing', 'n/a'))[1] AS na_word
    FROM catalogue.question
) AS q USING (questionnaire_id, question_id);
