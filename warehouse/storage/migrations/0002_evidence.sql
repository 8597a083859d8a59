-- Evidence: one table per kind. grain: one row per version of a record; key: organisation_id, source_id, record_key,
-- recorded_at. The current version has no retired_at. evidence_id is the same key as one number (see warehouse/storage/store.py).

CREATE TABLE IF NOT EXISTS evidence.access_review (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, system VARCHAR, scope VARCHAR,
    performed_on DATE, accounts_reviewed BIGINT, accounts_revoked BIGINT);

CREATE TABLE IF NOT EXISTS evidence.applicability (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, framework_id VARCHAR, norm_id VARCHAR,
    applies BOOLEAN, reason VARCHAR, risk_analysis VARCHAR, approved_by VARCHAR, approved_on DATE);

CREATE TABLE IF NOT EXISTS evidence.assurance (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, supplier VARCHAR, statement_type VARCHAR,
    period_start DATE, period_end DATE, issued_on DATE, scope VARCHAR, opinion VARCHAR, exceptions BIGINT);

CREATE TABLE IF NOT EXISTS evidence.attestation (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, framework_id VARCHAR, norm_id VARCHAR,
    aspect VARCHAR, answer VARCHAR, explanation VARCHAR, signed_by VARCHAR, signed_on DATE);

CREATE TABLE IF NOT EXISTS evidence.decision (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, body VARCHAR, decided_on DATE, topic VARCHAR,
    has_risk_paragraph BOOLEAN, reference VARCHAR);

CREATE TABLE IF NOT EXISTS evidence.document (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, topic VARCHAR, version VARCHAR,
    state VARCHAR, adopted_by VARCHAR, adopted_on DATE, review_due DATE, file_hash VARCHAR);

CREATE TABLE IF NOT EXISTS evidence.exception (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, framework_id VARCHAR, norm_id VARCHAR,
    reason VARCHAR, risk_analysis VARCHAR, approved_by VARCHAR, approved_on DATE);

CREATE TABLE IF NOT EXISTS evidence.exercise (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, exercise_type VARCHAR, system VARCHAR,
    performed_on DATE, outcome VARCHAR, objective DOUBLE, achieved DOUBLE);

CREATE TABLE IF NOT EXISTS evidence.finding (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, finding_type VARCHAR, severity VARCHAR,
    score DOUBLE, asset VARCHAR, first_seen TIMESTAMP, due_at TIMESTAMP, resolved_at TIMESTAMP, state VARCHAR,
    norm_ref VARCHAR, origin VARCHAR);

CREATE TABLE IF NOT EXISTS evidence.improvement (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, framework_id VARCHAR, norm_id VARCHAR,
    action VARCHAR, origin VARCHAR, planned_on DATE, due_on DATE, done_on DATE, budget DOUBLE, state VARCHAR);

CREATE TABLE IF NOT EXISTS evidence.measurement (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, metric VARCHAR, object VARCHAR, value DOUBLE,
    numerator DOUBLE, denominator DOUBLE, unit VARCHAR);

CREATE TABLE IF NOT EXISTS evidence.register_entry (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, register VARCHAR, entry_type VARCHAR,
    name VARCHAR, classification VARCHAR, critical BOOLEAN, verified_on DATE, attributes MAP(VARCHAR, VARCHAR));

CREATE TABLE IF NOT EXISTS evidence.risk (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, process VARCHAR, inherent DOUBLE,
    residual DOUBLE, appetite DOUBLE, treatment VARCHAR, state VARCHAR, accepted_by VARCHAR, accepted_on DATE,
    reviewed_on DATE, review_due DATE);

CREATE TABLE IF NOT EXISTS evidence.ticket (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, ticket_type VARCHAR, category VARCHAR,
    priority VARCHAR, opened_at TIMESTAMP, due_at TIMESTAMP, resolved_at TIMESTAMP, state VARCHAR, labels VARCHAR[],
    root_cause VARCHAR, asset VARCHAR);

CREATE TABLE IF NOT EXISTS evidence.training (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, subject VARCHAR, audience VARCHAR,
    course VARCHAR, employed_on DATE, completed_on DATE, result VARCHAR);
