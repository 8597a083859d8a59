-- What a test looks at and where its thresholds lie, in words, beside its sentence.
ALTER TABLE catalogue.test ADD COLUMN IF NOT EXISTS looked_at_nl VARCHAR;
ALTER TABLE catalogue.test ADD COLUMN IF NOT EXISTS looked_at_en VARCHAR;
ALTER TABLE catalogue.test ADD COLUMN IF NOT EXISTS criterion_nl VARCHAR;
ALTER TABLE catalogue.test ADD COLUMN IF NOT EXISTS criterion_en VARCHAR;
-- The aspects that a framework asks of a norm.
ALTER TABLE catalogue.norm ADD COLUMN IF NOT EXISTS aspects VARCHAR[];
