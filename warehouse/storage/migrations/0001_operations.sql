-- Runs, sources, landing, validation and quarantine: what the pipeline itself did.
-- All moments are UTC without offset; a DATE is a day in Europe/Amsterdam.
CREATE SCHEMA IF NOT EXISTS ops;
CREATE SCHEMA IF NOT EXISTS evidence;
CREATE SCHEMA IF NOT EXISTS catalogue;
CREATE SCHEMA IF NOT EXISTS assess;

-- grain: one row per organisation served; key: organisation_id
CREATE TABLE IF NOT EXISTS ops.organisation (organisation_id VARCHAR, name VARCHAR, organisation_type VARCHAR);

-- grain: one row per run; key: run_id. run_no orders runs; known_at is the moment its knowledge is of.
CREATE TABLE IF NOT EXISTS ops.run (
    run_id VARCHAR, run_no BIGINT, as_of DATE, known_at TIMESTAMP, started_at TIMESTAMP, finished_at TIMESTAMP,
    state VARCHAR, reason VARCHAR, catalogue_digest VARCHAR, cycle_aspects VARCHAR, program_version VARCHAR,
    assessed_scope VARCHAR, manifest_hash VARCHAR, previous_manifest_hash VARCHAR);

-- grain: one row per run and source; key: run_id, organisation_id, source_id. status: ok, degraded, failed
CREATE TABLE IF NOT EXISTS ops.source_run (
    run_id VARCHAR, organisation_id VARCHAR, source_id VARCHAR, title VARCHAR, connector VARCHAR, as_of DATE,
    recorded_at TIMESTAMP, started_at TIMESTAMP, finished_at TIMESTAMP, status VARCHAR, reason VARCHAR,
    complete BOOLEAN, payloads BIGINT, records BIGINT, stored BIGINT, retired BIGINT, unchanged BIGINT,
    rejected BIGINT, fresh_until DATE, watermark TIMESTAMP);

-- grain: one row per run, source, kind and discriminator value it covers (NULL: everything of the kind)
CREATE TABLE IF NOT EXISTS ops.source_coverage (
    run_id VARCHAR, organisation_id VARCHAR, source_id VARCHAR, kind VARCHAR, about VARCHAR);

-- grain: one row per run, source and landed payload; key: run_id, organisation_id, source_id, sequence
CREATE TABLE IF NOT EXISTS ops.landing (
    run_id VARCHAR, organisation_id VARCHAR, source_id VARCHAR, sequence BIGINT, artifact VARCHAR, name VARCHAR,
    media_type VARCHAR, size BIGINT, address VARCHAR, original_hash VARCHAR, landed_at TIMESTAMP);

-- grain: one row per run, source, kind and expectation; level: row or batch
CREATE TABLE IF NOT EXISTS ops.validation (
    run_id VARCHAR, organisation_id VARCHAR, source_id VARCHAR, kind VARCHAR, expectation VARCHAR, column_name VARCHAR,
    level VARCHAR, success BOOLEAN, evaluated BIGINT, unexpected BIGINT, message VARCHAR);

-- grain: one row per run and reason a record was kept out; a record may break several expectations
CREATE TABLE IF NOT EXISTS ops.quarantine (
    run_id VARCHAR, organisation_id VARCHAR, source_id VARCHAR, kind VARCHAR, record_key VARCHAR, expectation VARCHAR,
    column_name VARCHAR, value VARCHAR, expected VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR),
    record JSON, quarantined_at TIMESTAMP);
