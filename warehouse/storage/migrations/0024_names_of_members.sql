-- Under which other names members of a population are seen, and what is seen and is no member.
-- grain: one row per version of a record; key: organisation_id, source_id, record_key, recorded_at.
CREATE TABLE IF NOT EXISTS evidence.alias (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, population VARCHAR, "name" VARCHAR,
    member VARCHAR, reason VARCHAR, given_by VARCHAR, given_on DATE);
CREATE TABLE IF NOT EXISTS evidence.outsider (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, population VARCHAR, "name" VARCHAR,
    reason VARCHAR, given_by VARCHAR, given_on DATE);
