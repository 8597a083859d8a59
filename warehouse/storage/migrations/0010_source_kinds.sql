-- What a source can deliver, by its settings: known also of a source that failed.
-- grain: one row per run, source and evidence kind; key: run_id, organisation_id, source_id, kind
CREATE TABLE IF NOT EXISTS ops.source_kind (run_id VARCHAR, organisation_id VARCHAR, source_id VARCHAR, kind VARCHAR);
