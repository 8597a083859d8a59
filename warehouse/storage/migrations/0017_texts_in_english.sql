-- What a run says of sources and rows, in English beside the Dutch; what was stored before has no English.
ALTER TABLE ops.source_run ADD COLUMN IF NOT EXISTS reason_en VARCHAR;
ALTER TABLE ops.source_remark ADD COLUMN IF NOT EXISTS text_en VARCHAR;
ALTER TABLE ops.source_remark ADD COLUMN IF NOT EXISTS place_en VARCHAR;
ALTER TABLE ops.quarantine ADD COLUMN IF NOT EXISTS column_name_en VARCHAR;
ALTER TABLE ops.quarantine ADD COLUMN IF NOT EXISTS expected_en VARCHAR;
ALTER TABLE ops.unknown_value ADD COLUMN IF NOT EXISTS column_name_en VARCHAR;
ALTER TABLE ops.unknown_value ADD COLUMN IF NOT EXISTS expected_en VARCHAR;
