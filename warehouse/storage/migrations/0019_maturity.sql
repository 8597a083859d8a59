-- What each level of maturity of the norms of a framework needs. Written again with the catalogue.
-- grain: one row per level and need; key: framework_id, level, need_order. of_norm: another norm that the need is about.
CREATE TABLE IF NOT EXISTS catalogue.maturity (
    framework_id VARCHAR, level BIGINT, name_nl VARCHAR, name_en VARCHAR, meaning_nl VARCHAR, meaning_en VARCHAR,
    need_order BIGINT, what VARCHAR, of_norm VARCHAR, at_least VARCHAR);
