-- The parameters of a test stand together, so that a new type of test needs no column of its own; what the program must
-- know of a type stands beside the catalogue. Both are written again with the catalogue. The columns that the parameters
-- had stay empty from then on.
ALTER TABLE catalogue.test ADD COLUMN IF NOT EXISTS parameters JSON;
ALTER TABLE catalogue.test ADD COLUMN IF NOT EXISTS kinds_read VARCHAR[];
UPDATE catalogue.test SET
    parameters = json_object(
        'max_age', CAST(max_age AS VARCHAR), 'grace', CAST(grace AS VARCHAR), 'every', CAST(every AS VARCHAR),
        'window', CASE WHEN window_length IS NOT NULL THEN CAST(window_length AS VARCHAR) WHEN has_window THEN 'cycle' END,
        'deadline', CASE WHEN deadline_is_due THEN 'due' ELSE CAST(deadline AS VARCHAR) END,
        'pass_at', coalesce(pass_at, CASE WHEN test_type = 'within' OR test_type = 'ratio' AND direction = 'higher' THEN 1
            WHEN test_type = 'ratio' THEN 0 END),
        'partial_at', partial_at, 'direction', direction, 'min_population', min_population, 'tolerate', tolerate,
        'per', per, 'multiply', multiply, 'formula', formula),
    kinds_read = list_filter([kind, matched_kind, CASE WHEN per IS NOT NULL THEN 'measurement' END], name -> name <> '')
WHERE parameters IS NULL;

-- grain: one row per test type; key: test_type. looks_at: evidence, named_norm or statuses. leans_on_coverage: no case is
-- told from no source; coverage_reasons: the reasons of results that then change. reasons: all that a result may have.
CREATE TABLE IF NOT EXISTS catalogue.test_type (
    test_type VARCHAR, looks_at VARCHAR, leans_on_coverage BOOLEAN, coverage_reasons VARCHAR[], reasons VARCHAR[],
    value_is_share BOOLEAN);

-- The place of an indicator in the catalogue: numbers are text, and only the catalogue knows their order.
ALTER TABLE catalogue.indicator ADD COLUMN IF NOT EXISTS indicator_order BIGINT;
UPDATE catalogue.indicator SET indicator_order = o.place FROM (
    SELECT framework_id, indicator_id, row_number() OVER (ORDER BY framework_id, indicator_id) AS place
    FROM catalogue.indicator) AS o
WHERE indicator_order IS NULL AND indicator.framework_id = o.framework_id AND indicator.indicator_id = o.indicator_id;

-- What a framework accounts for beside the BIO2: an annex of the college statement.
ALTER TABLE catalogue.framework ADD COLUMN IF NOT EXISTS annex VARCHAR;
UPDATE catalogue.framework SET annex = CASE
    WHEN framework_id LIKE 'digid-%' THEN 'DigiD' WHEN framework_id LIKE 'suwinet-%' THEN 'Suwinet' END
WHERE annex IS NULL;
