-- What an indicator of a type is worth when a source that sees all there is shows that there is nothing.
ALTER TABLE catalogue.test_type ADD COLUMN IF NOT EXISTS absence_value DOUBLE;
-- How many tests of a norm had no cases, and what speaks against the norm so that it complies partly at most: capped_by is
-- finding or attestation, cap_id the record.
ALTER TABLE assess.measure_status ADD COLUMN IF NOT EXISTS not_occurred BIGINT;
ALTER TABLE assess.measure_status ADD COLUMN IF NOT EXISTS capped_by VARCHAR;
ALTER TABLE assess.measure_status ADD COLUMN IF NOT EXISTS cap_id UBIGINT;
-- The article of the law that demands a norm itself; such a norm can never be declared not applicable.
ALTER TABLE catalogue.norm ADD COLUMN IF NOT EXISTS statutory VARCHAR;
-- The weakest evidence on which a test may pass, and whether a source is written by hand rather than by the system it is about.
ALTER TABLE catalogue.test ADD COLUMN IF NOT EXISTS min_basis VARCHAR;
ALTER TABLE ops.source_run ADD COLUMN IF NOT EXISTS by_hand BOOLEAN;
-- The population that a share is of, where the list is compared with what is seen elsewhere.
ALTER TABLE catalogue.test ADD COLUMN IF NOT EXISTS population VARCHAR;
-- The list that a sampled test draws from: one sample serves all that its owner states in it.
ALTER TABLE catalogue.test ADD COLUMN IF NOT EXISTS sampled_kind VARCHAR;
ALTER TABLE catalogue.test ADD COLUMN IF NOT EXISTS sampled_about VARCHAR[];
