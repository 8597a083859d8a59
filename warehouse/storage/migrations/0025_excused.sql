-- Which person or case is left out of tests, until when and why.
-- grain: one row per version of a record; key: organisation_id, source_id, record_key, recorded_at.
CREATE TABLE IF NOT EXISTS evidence.excused (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, record_kind VARCHAR, subject VARCHAR,
    record_ref VARCHAR, reason VARCHAR, given_by VARCHAR, given_on DATE);
