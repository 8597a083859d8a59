-- The catalogue that is in use, and every catalogue that was: a status can be explained with the rules of its time.

-- grain: one row per catalogue ever used; key: digest
CREATE TABLE IF NOT EXISTS catalogue.version (digest VARCHAR, content JSON, first_used_at TIMESTAMP);

CREATE TABLE IF NOT EXISTS catalogue.framework (
    framework_id VARCHAR, title_nl VARCHAR, title_en VARCHAR, version VARCHAR, published VARCHAR, source VARCHAR);

-- grain: one row per norm of a framework; key: framework_id, norm_id. norm_order sorts as a person would.
CREATE TABLE IF NOT EXISTS catalogue.norm (
    framework_id VARCHAR, norm_id VARCHAR, level VARCHAR, title_nl VARCHAR, title_en VARCHAR, parent VARCHAR,
    theme VARCHAR, state VARCHAR, moved_to VARCHAR, frequency VARCHAR, cbw_scope BOOLEAN, summary_nl VARCHAR,
    summary_en VARCHAR, weight DOUBLE, carries_tests BOOLEAN, norm_order BIGINT);

-- grain: one row per spelling or old number of a norm; key: framework_id, norm_id (as a source may write them)
CREATE TABLE IF NOT EXISTS catalogue.alias (
    framework_id VARCHAR, norm_id VARCHAR, to_framework_id VARCHAR, to_norm_id VARCHAR);

-- grain: one row per link between norms
CREATE TABLE IF NOT EXISTS catalogue.link (
    framework_id VARCHAR, norm_id VARCHAR, to_framework_id VARCHAR, to_norm_id VARCHAR, relation VARCHAR,
    weight DOUBLE, note VARCHAR);

-- grain: one row per test or indicator; key: test_no. purpose: norm or indicator
CREATE TABLE IF NOT EXISTS catalogue.test (
    test_no INTEGER, test_id VARCHAR, purpose VARCHAR, framework_id VARCHAR, norm_id VARCHAR, aspect VARCHAR,
    test_type VARCHAR, kind VARCHAR, about VARCHAR[], matched_kind VARCHAR, basis VARCHAR, implicit BOOLEAN,
    sentence_nl VARCHAR, sentence_en VARCHAR, selector VARCHAR, max_age INTERVAL, max_age_in_hours BOOLEAN,
    grace INTERVAL, every INTERVAL, has_window BOOLEAN, window_length INTERVAL, deadline INTERVAL, deadline_in_hours BOOLEAN, deadline_is_due BOOLEAN, pass_at DOUBLE,
    partial_at DOUBLE, direction VARCHAR, min_population INTEGER, tolerate INTEGER, per VARCHAR, multiply DOUBLE,
    formula VARCHAR, changes_daily BOOLEAN, override_reason VARCHAR);

-- grain: one row per indicator of a principle; key: framework_id, indicator_id
CREATE TABLE IF NOT EXISTS catalogue.indicator (
    framework_id VARCHAR, indicator_id VARCHAR, principle_id VARCHAR, name_nl VARCHAR, name_en VARCHAR, unit VARCHAR,
    better VARCHAR, green DOUBLE, amber DOUBLE, weight DOUBLE, is_key BOOLEAN, reason_nl VARCHAR, reason_en VARCHAR,
    override_reason VARCHAR);

CREATE TABLE IF NOT EXISTS catalogue.questionnaire (
    questionnaire_id VARCHAR, title_nl VARCHAR, title_en VARCHAR, note_nl VARCHAR);

-- grain: one row per question; key: questionnaire_id, question_id
CREATE TABLE IF NOT EXISTS catalogue.question (
    questionnaire_id VARCHAR, question_id VARCHAR, text_nl VARCHAR, text_en VARCHAR, framework_id VARCHAR,
    scale VARCHAR[], question_order BIGINT);
CREATE TABLE IF NOT EXISTS catalogue.question_norm (
    questionnaire_id VARCHAR, question_id VARCHAR, framework_id VARCHAR, norm_id VARCHAR);

-- grain: one row per official sentence an organisation has imported; key: framework_id, norm_id
CREATE TABLE IF NOT EXISTS catalogue.official_text (
    framework_id VARCHAR, norm_id VARCHAR, text VARCHAR, source_name VARCHAR, source_hash VARCHAR, imported_at TIMESTAMP);
