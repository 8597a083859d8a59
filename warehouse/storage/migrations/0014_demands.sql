-- What norms demand, which tests prove it, and which aspects a norm does not ask. All are written again with the catalogue.
-- grain: one row per demand of a norm; key: framework_id, norm_id, demand_id. demand_order is that of the norm's text.
CREATE TABLE IF NOT EXISTS catalogue.demand (
    framework_id VARCHAR, norm_id VARCHAR, demand_id VARCHAR, demand_order BIGINT, part VARCHAR, text_nl VARCHAR,
    text_en VARCHAR, own_reading BOOLEAN, strongest VARCHAR, needs_a_person BOOLEAN);

-- grain: one row per demand and test that proves it; key: framework_id, demand_id, test_id
CREATE TABLE IF NOT EXISTS catalogue.demand_test (
    framework_id VARCHAR, norm_id VARCHAR, demand_id VARCHAR, test_id VARCHAR);

-- grain: one row per aspect that a norm does not ask; key: framework_id, norm_id, aspect
CREATE TABLE IF NOT EXISTS catalogue.not_asked (
    framework_id VARCHAR, norm_id VARCHAR, aspect VARCHAR, reason_nl VARCHAR, reason_en VARCHAR);

-- A test that goes beyond the norm is shown and does not count.
ALTER TABLE catalogue.test ADD COLUMN IF NOT EXISTS beyond_norm BOOLEAN;
