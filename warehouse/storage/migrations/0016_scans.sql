-- The objects that scans looked at, also the clean ones. Of each object the newest scan is the present version; a source that
-- looks at an object no longer leaves it as it is.
-- grain: one row per version of a scanned object; key: organisation_id, source_id, record_key, recorded_at.
CREATE TABLE IF NOT EXISTS evidence.scan (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, object VARCHAR, scanned_at TIMESTAMP,
    scope VARCHAR, findings BIGINT);

-- The key of the scan that found it: only a later scan of the same object ends it.
ALTER TABLE evidence.finding ADD COLUMN IF NOT EXISTS scan VARCHAR;
