-- Two kinds of evidence: what a person read in a text, and what a person made of a record that was drawn.
-- grain: one row per version of a record; key: organisation_id, source_id, record_key, recorded_at.
CREATE TABLE IF NOT EXISTS evidence.reading (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, text_kind VARCHAR, text_source VARCHAR,
    text_key VARCHAR, text_hash VARCHAR, element VARCHAR, found VARCHAR, place VARCHAR, read_by VARCHAR, reader VARCHAR,
    read_on DATE);

CREATE TABLE IF NOT EXISTS evidence.sample_result (
    organisation_id VARCHAR, source_id VARCHAR, record_key VARCHAR, evidence_id UBIGINT, recorded_at TIMESTAMP,
    retired_at TIMESTAMP, content_hash VARCHAR, run_id VARCHAR,
    locator STRUCT(artifact VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, address VARCHAR), title VARCHAR,
    url VARCHAR, owner VARCHAR, observed_at TIMESTAMP, valid_until DATE, sample VARCHAR, period VARCHAR,
    population_hash VARCHAR, record_kind VARCHAR, record_source VARCHAR, record_ref VARCHAR, drawn_on DATE,
    outcome VARCHAR, judged_by VARCHAR, judge VARCHAR, judged_on DATE, remark VARCHAR);

-- When the organisation learned of a case, which case a ticket follows, and which step of a report it is.
ALTER TABLE evidence.ticket ADD COLUMN IF NOT EXISTS aware_at TIMESTAMP;
ALTER TABLE evidence.ticket ADD COLUMN IF NOT EXISTS relates_to VARCHAR;
ALTER TABLE evidence.ticket ADD COLUMN IF NOT EXISTS stage VARCHAR;
-- A document may be about more than one topic; its text has a mark of its own.
ALTER TABLE evidence.document ADD COLUMN IF NOT EXISTS topics VARCHAR[];
ALTER TABLE evidence.document ADD COLUMN IF NOT EXISTS text_hash VARCHAR;
ALTER TABLE evidence.finding ADD COLUMN IF NOT EXISTS object VARCHAR;

-- What people handed in about the evidence: readings, and samples drawn and judged. Nothing is changed or thrown away; the
-- next run lands each paper and makes evidence of it. paper: reading, draw or judgement. content: JSON, landed as it is.
-- grain: one row per paper; key: organisation_id, paper_no.
CREATE TABLE IF NOT EXISTS account.working_paper (
    organisation_id VARCHAR, paper_no BIGINT, paper VARCHAR, about VARCHAR, file_name VARCHAR, file_hash VARCHAR,
    role VARCHAR, person VARCHAR, handed_in_at TIMESTAMP, content VARCHAR);
