-- What people decide about the answers, what a cycle keeps for ever, and what was told to whom.
CREATE SCHEMA IF NOT EXISTS account;

-- grain: one row per decision of a reviewer on one field of one answer; append-only; key: overrule_no.
-- field: answer, explanation, improvement, owner, deadline (an ISO day). run_no: the run it was made on; proposed_*: what
-- that run proposed. It holds for the year of that run. withdrawn: from here on the proposal counts again.
CREATE TABLE IF NOT EXISTS assess.overrule (
    overrule_no BIGINT, organisation_id VARCHAR, "year" INTEGER, questionnaire_id VARCHAR, question_id VARCHAR,
    field VARCHAR, old_value VARCHAR, new_value VARCHAR, withdrawn BOOLEAN, proposed_answer VARCHAR,
    proposed_status VARCHAR, reviewer VARCHAR, reason VARCHAR, reviewed_at TIMESTAMP, run_no BIGINT,
    file_name VARCHAR, file_hash VARCHAR);

-- The overrules that hold in the year of the newest finished run: the newest of each field, unless it was withdrawn.
CREATE OR REPLACE VIEW assess.present_overrule AS
WITH newest AS (
    SELECT o.* FROM assess.overrule AS o
    WHERE o."year" = (
        SELECT year(as_of) FROM ops.run WHERE state IN ('ok', 'degraded') ORDER BY run_no DESC LIMIT 1)
    QUALIFY row_number() OVER (
        PARTITION BY o.organisation_id, o.questionnaire_id, o.question_id, o.field ORDER BY o.overrule_no DESC) = 1
)
SELECT n.*, a.question_id IS NULL OR n.proposed_answer IS DISTINCT FROM a.answer
    OR n.proposed_status IS DISTINCT FROM a.status AS look_again
FROM newest AS n
LEFT JOIN assess.answer AS a ON a.organisation_id = n.organisation_id AND a.questionnaire_id = n.questionnaire_id
    AND a.question_id = n.question_id AND a.until_run_no IS NULL
WHERE NOT n.withdrawn;

-- The answer that counts: the reviewer's where there is one, else the proposal. Both are shown, and whose it is.
-- grain: one row per organisation and question. look_again: the proposal changed after the reviewer spoke.
CREATE OR REPLACE VIEW assess.reviewed_answer AS
WITH spoken AS (
    SELECT organisation_id, questionnaire_id, question_id,
        max(new_value) FILTER (field = 'answer') AS answer, max(new_value) FILTER (field = 'explanation') AS explanation,
        max(new_value) FILTER (field = 'improvement') AS improvement, max(new_value) FILTER (field = 'owner') AS owner,
        max(new_value) FILTER (field = 'deadline') AS deadline, max_by(reviewer, overrule_no) AS reviewer,
        max_by(reason, overrule_no) AS reason, max(reviewed_at) AS reviewed_at, bool_or(look_again) AS look_again
    FROM assess.present_overrule GROUP BY ALL
)
SELECT a.organisation_id, a.questionnaire_id, a.question_id, a.status, a.answer AS proposed_answer,
    coalesce(s.answer, a.answer) AS answer, s.explanation, s.improvement, s.owner,
    TRY_CAST(s.deadline AS DATE) AS deadline, a.basis, a.expires_on, a.norms, a.norms_known,
    CASE WHEN s.answer IS NULL THEN 'proposal' ELSE 'reviewer' END AS answered_by, s.reviewer, s.reason, s.reviewed_at,
    coalesce(s.look_again, false) AS look_again
FROM assess.answer AS a
LEFT JOIN spoken AS s USING (organisation_id, questionnaire_id, question_id)
WHERE a.until_run_no IS NULL;

-- Every present status of norms, principles and indicators in one shape. score: of a principle, or an indicator's value
CREATE OR REPLACE VIEW assess.present_status AS
    SELECT s.organisation_id, 'measure' AS level, s.framework_id, s.norm_id, n.title_nl AS title, s.status, s.design,
        s.existence, s.operation, s.basis, s.expires_on, s.excepted_until, s.exception_reason,
        CAST(NULL AS DOUBLE) AS score, CAST(NULL AS DOUBLE) AS coverage
    FROM assess.measure_status AS s JOIN catalogue.norm AS n USING (framework_id, norm_id) WHERE s.until_run_no IS NULL
    UNION ALL
    SELECT s.organisation_id, 'control', s.framework_id, s.norm_id, n.title_nl, s.status, NULL, NULL, NULL, s.basis,
        s.expires_on, s.excepted_until, NULL, NULL, NULL
    FROM assess.control_status AS s JOIN catalogue.norm AS n USING (framework_id, norm_id) WHERE s.until_run_no IS NULL
    UNION ALL
    SELECT s.organisation_id, 'principle', s.framework_id, s.principle_id, n.title_nl, s.status, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, s.score, s.coverage
    FROM assess.principle_status AS s JOIN catalogue.norm AS n
        ON n.framework_id = s.framework_id AND n.norm_id = s.principle_id WHERE s.until_run_no IS NULL
    UNION ALL
    SELECT s.organisation_id, 'indicator', s.framework_id, s.indicator_id, i.name_nl, s.colour, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, s.value, NULL
    FROM assess.indicator_value AS s JOIN catalogue.indicator AS i USING (framework_id, indicator_id)
    WHERE s.until_run_no IS NULL;

-- grain: one row per organisation and year that is accounted for. deadline: the day on which it must be handed in.
CREATE TABLE IF NOT EXISTS account.cycle (
    organisation_id VARCHAR, "year" INTEGER, reference_date DATE, deadline DATE, opened_at TIMESTAMP, opened_by VARCHAR);

-- Frozen cycles. Nothing in these tables is ever changed or deleted; a correction is a new version with a reason.
-- grain: one row per version of a frozen cycle; key: organisation_id, year, version. manifest: the JSON that was hashed
-- and, if a key was configured, signed; it holds the hash of every table below and of the version before.
CREATE TABLE IF NOT EXISTS account.freeze (
    organisation_id VARCHAR, "year" INTEGER, version INTEGER, run_no BIGINT, run_id VARCHAR, as_of DATE,
    frozen_at TIMESTAMP, frozen_by VARCHAR, reason VARCHAR, catalogue_digest VARCHAR, manifest VARCHAR,
    manifest_hash VARCHAR, signature VARCHAR, public_key VARCHAR);

-- The rules of a frozen version: the whole catalogue. grain: one row per catalogue; key: digest
CREATE TABLE IF NOT EXISTS account.catalogue (digest VARCHAR, content VARCHAR);

CREATE TABLE IF NOT EXISTS account.answer (
    organisation_id VARCHAR, "year" INTEGER, version INTEGER, questionnaire_id VARCHAR, question_id VARCHAR,
    question_text VARCHAR, status VARCHAR, proposed_answer VARCHAR, answer VARCHAR, explanation VARCHAR,
    improvement VARCHAR, owner VARCHAR, deadline DATE, basis VARCHAR, expires_on DATE, norms BIGINT, norms_known BIGINT,
    answered_by VARCHAR, reviewer VARCHAR, reason VARCHAR, reviewed_at TIMESTAMP, look_again BOOLEAN);

-- level: measure (any norm that carries tests), control, principle or indicator. score: of a principle, or an
-- indicator's value
CREATE TABLE IF NOT EXISTS account.status (
    organisation_id VARCHAR, "year" INTEGER, version INTEGER, level VARCHAR, framework_id VARCHAR, norm_id VARCHAR,
    title VARCHAR, status VARCHAR, design VARCHAR, existence VARCHAR, operation VARCHAR, basis VARCHAR, expires_on DATE,
    excepted_until DATE, exception_reason VARCHAR, score DOUBLE, coverage DOUBLE);

CREATE TABLE IF NOT EXISTS account.test_result (
    organisation_id VARCHAR, "year" INTEGER, version INTEGER, framework_id VARCHAR, test_id VARCHAR, purpose VARCHAR,
    norm_id VARCHAR, aspect VARCHAR, sentence VARCHAR, result VARCHAR, metric DOUBLE, numerator DOUBLE,
    denominator DOUBLE, basis VARCHAR, reason VARCHAR, expires_on DATE, selected BIGINT, evidence_kind VARCHAR,
    evidence_ids UBIGINT[]);

-- The versions of the records that the tests, exceptions and applicabilities of a frozen version name. record: all of it
CREATE TABLE IF NOT EXISTS account.evidence (
    organisation_id VARCHAR, "year" INTEGER, version INTEGER, kind VARCHAR, evidence_id UBIGINT, source_id VARCHAR,
    record_key VARCHAR, recorded_at TIMESTAMP, content_hash VARCHAR, artifact VARCHAR, record VARCHAR);

-- What a recipient was told last. grain: one row per message delivered, or per moment at which there was nothing left to
-- tell; the newest counts. recipient: SHA-256 of the address, so that no address stands here.
CREATE TABLE IF NOT EXISTS ops.digest (
    organisation_id VARCHAR, recipient VARCHAR, channel VARCHAR, content_hash VARCHAR, items BIGINT, sent_at TIMESTAMP);
