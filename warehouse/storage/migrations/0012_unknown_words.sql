-- The words of a delivery that no vocabulary knows: they count for nothing good until they are mapped.
-- grain: one row per run, source, kind, column and word; key: run_id, organisation_id, source_id, kind, column_name, field, word.
CREATE TABLE IF NOT EXISTS ops.unknown_word (
    run_id VARCHAR, organisation_id VARCHAR, source_id VARCHAR, kind VARCHAR, column_name VARCHAR, field VARCHAR,
    word VARCHAR, nearest VARCHAR, times BIGINT);

-- The values of records that came in which could not be taken, or disagree with others: each is unknown in its record.
-- grain: one row per run, record and reason.
CREATE TABLE IF NOT EXISTS ops.unknown_value (
    run_id VARCHAR, organisation_id VARCHAR, source_id VARCHAR, kind VARCHAR, record_key VARCHAR, expectation VARCHAR,
    column_name VARCHAR, value VARCHAR, expected VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR));
