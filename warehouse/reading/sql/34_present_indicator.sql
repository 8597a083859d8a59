-- The value and colour of each indicator of a principle, with its thresholds.
-- grain: one row per organisation and indicator; key: organisation_id, framework_id, indicator_id.
CREATE OR REPLACE VIEW reading.present_indicator AS
SELECT v.organisation_id, v.framework_id, v.indicator_id, v.principle_id, n.norm_order AS principle_order, i.indicator_order, i.name_nl, i.name_en,
    v.colour, v.value, v.numerator, v.denominator, i.unit, i.better, i.green, i.amber, i.weight, i.is_key, i.override_reason
FROM assess.indicator_value AS v
JOIN catalogue.indicator AS i USING (framework_id, indicator_id)
JOIN catalogue.norm AS n ON n.framework_id = v.framework_id AND n.norm_id = v.principle_id
WHERE v.until_run_no IS NULL;
