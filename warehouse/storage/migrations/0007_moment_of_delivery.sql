-- The moment (UTC) that a delivery is about, apart from when it was read: freshness is reckoned from it. dated_by says
-- what told it: answer (of a live system), content (end of a scan, a file's own metadata) or file (when it was last written).
ALTER TABLE ops.source_run ADD COLUMN IF NOT EXISTS delivered_at TIMESTAMP;
ALTER TABLE ops.landing ADD COLUMN IF NOT EXISTS moment TIMESTAMP;
ALTER TABLE ops.landing ADD COLUMN IF NOT EXISTS dated_by VARCHAR;

-- What a collection merged, left out, skipped or could not know.
-- grain: one row per run, source and remark; key: run_id, organisation_id, source_id, sequence. word is a code.
CREATE TABLE IF NOT EXISTS ops.source_remark (
    run_id VARCHAR, organisation_id VARCHAR, source_id VARCHAR, sequence BIGINT, place VARCHAR, word VARCHAR,
    text VARCHAR, count BIGINT);
