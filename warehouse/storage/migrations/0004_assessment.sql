-- Statuses with their history. A row holds from run from_run_no until (not including) until_run_no; the present one
-- has no until_run_no. So the state after run n is: from_run_no <= n AND (until_run_no IS NULL OR until_run_no > n).

-- grain: one row per organisation and test (or indicator); key: organisation_id, framework_id, test_id, from_run_no
CREATE TABLE IF NOT EXISTS assess.test_result (
    organisation_id VARCHAR, framework_id VARCHAR, test_id VARCHAR, purpose VARCHAR, norm_id VARCHAR, aspect VARCHAR,
    result VARCHAR, metric DOUBLE, numerator DOUBLE, denominator DOUBLE, basis VARCHAR, reason VARCHAR,
    expires_on DATE, changes_on DATE, selected BIGINT, evidence_kind VARCHAR, evidence_ids UBIGINT[],
    from_run_no BIGINT, until_run_no BIGINT);

-- grain: one row per organisation and norm that carries tests (measures, controls without measures, other norms)
CREATE TABLE IF NOT EXISTS assess.measure_status (
    organisation_id VARCHAR, framework_id VARCHAR, norm_id VARCHAR, status VARCHAR, design VARCHAR, existence VARCHAR,
    operation VARCHAR, basis VARCHAR, expires_on DATE, tests BIGINT, tests_known BIGINT, excepted_until DATE,
    exception_reason VARCHAR, exception_id UBIGINT, applicability_id UBIGINT, applicability_note VARCHAR,
    from_run_no BIGINT, until_run_no BIGINT);

-- grain: one row per organisation and control
CREATE TABLE IF NOT EXISTS assess.control_status (
    organisation_id VARCHAR, framework_id VARCHAR, norm_id VARCHAR, status VARCHAR, basis VARCHAR, expires_on DATE,
    measures BIGINT, measures_known BIGINT, measures_met BIGINT, excepted_until DATE,
    from_run_no BIGINT, until_run_no BIGINT);

-- grain: one row per organisation and indicator
CREATE TABLE IF NOT EXISTS assess.indicator_value (
    organisation_id VARCHAR, framework_id VARCHAR, indicator_id VARCHAR, principle_id VARCHAR, colour VARCHAR,
    value DOUBLE, numerator DOUBLE, denominator DOUBLE, from_run_no BIGINT, until_run_no BIGINT);

-- grain: one row per organisation and principle
CREATE TABLE IF NOT EXISTS assess.principle_status (
    organisation_id VARCHAR, framework_id VARCHAR, principle_id VARCHAR, status VARCHAR, score DOUBLE, coverage DOUBLE,
    weight_known DOUBLE, weight_total DOUBLE, indicators BIGINT, indicators_known BIGINT, controls BIGINT,
    controls_known BIGINT, from_run_no BIGINT, until_run_no BIGINT);

-- grain: one row per organisation and question; the proposal, not what a reviewer made of it
CREATE TABLE IF NOT EXISTS assess.answer (
    organisation_id VARCHAR, questionnaire_id VARCHAR, question_id VARCHAR, status VARCHAR, answer VARCHAR,
    basis VARCHAR, expires_on DATE, norms BIGINT, norms_known BIGINT, from_run_no BIGINT, until_run_no BIGINT);
