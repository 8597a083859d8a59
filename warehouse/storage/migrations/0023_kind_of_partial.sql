-- Of which kind a norm that complies in part is: shortfall, not_read, not_compared, too_weak (domain.md section 5).
ALTER TABLE assess.measure_status ADD COLUMN IF NOT EXISTS gap VARCHAR;
ALTER TABLE assess.control_status ADD COLUMN IF NOT EXISTS gap VARCHAR;
