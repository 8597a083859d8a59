-- Test type content: a text is in force, and readers found every required element in it (domain.md section 4).
-- grain: one row per organisation and test asked; key: organisation_id, test_no.
-- A yes counts when it is about the present text and by a named role that is not its owner; of everything else about a
-- reading that is not known, the worst is taken: a no without text, role or day counts.
WITH present_text AS (
    SELECT s.organisation_id, s.test_no, s.evidence_id, s.source_id, s.record_key, s.owner, s.text_mark, c.kind,
        CAST(least(s.ends_on, coalesce(s.review_due, s.happened_on + t.life)) AS DATE) AS last_day,
        list_distinct(t.elements) AS elements, list_transform(t.readers, name -> lower(trim(name))) AS readers
    FROM selected AS s
    JOIN asked AS t USING (organisation_id, test_no)
    JOIN catalogue.test AS c USING (test_no)
    WHERE s.in_force AND (NOT s.has_adoption OR coalesce(s.adopted_on <= getvariable('as_of'), false))
), text_in_force AS (
    SELECT * FROM present_text WHERE last_day >= getvariable('as_of')
), told AS (
    SELECT x.organisation_id, x.test_no, x.evidence_id, r.element, r.evidence_id AS reading_id,
        coalesce(r.reader, CAST(r.evidence_id AS VARCHAR)) AS reader, coalesce(r.found = 'yes', false) AS is_yes, r.read_on,
        coalesce(r.text_hash = x.text_mark AND list_contains(x.readers, lower(trim(r.read_by)))
            AND lower(trim(r.read_by)) <> lower(trim(x.owner)), false) AS counts
    FROM text_in_force AS x
    JOIN visible_reading AS r ON r.organisation_id = x.organisation_id AND r.text_kind = x.kind AND r.text_key = x.record_key
        AND coalesce(r.text_source, x.source_id) = x.source_id AND list_contains(x.elements, r.element)
        AND coalesce(r.text_hash, x.text_mark) = x.text_mark
        AND (r.read_by IS NULL OR list_contains(x.readers, lower(trim(r.read_by))))
), newest AS (
    -- of one reader the newest counts; on one day, and without a day, the worst
    SELECT organisation_id, test_no, evidence_id, element, reader,
        max_by(is_yes, (coalesce(read_on, CASE WHEN is_yes THEN DATE '1900-01-01' ELSE DATE '9999-12-31' END), NOT is_yes)) AS is_yes,
        max(reading_id) AS reading_id
    FROM told
    WHERE counts OR NOT is_yes
    GROUP BY ALL
), element_read AS (
    SELECT organisation_id, test_no, evidence_id, element, bool_and(is_yes) AS is_there,
        min_by(reading_id, (is_yes, reading_id)) AS reading_id
    FROM newest
    GROUP BY ALL
), judged_text AS (
    SELECT x.organisation_id, x.test_no, x.evidence_id, any_value(x.last_day) AS last_day,
        any_value(len(x.elements)) AS elements, count(e.element) AS elements_read, count(*) FILTER (e.is_there) AS elements_there,
        min_by(e.reading_id, order_key(CAST(e.is_there AS INTEGER), e.reading_id), 6) AS reading_ids
    FROM text_in_force AS x
    LEFT JOIN element_read AS e USING (organisation_id, test_no, evidence_id)
    GROUP BY x.organisation_id, x.test_no, x.evidence_id
), ranked_text AS (
    SELECT *, CASE WHEN elements_read = 0 THEN 0 WHEN elements_there = elements THEN 3
        WHEN 2 * elements_there >= elements THEN 2 ELSE 1 END AS goodness
    FROM judged_text
), best AS (
    SELECT organisation_id, test_no, max(goodness) AS goodness, max(elements) AS elements,
        max_by(elements_there, (goodness, elements_there, evidence_id)) AS elements_there,
        max_by(reading_ids, (goodness, elements_there, evidence_id)) AS reading_ids,
        max(last_day) FILTER (goodness = 3) AS pass_end, max(last_day) FILTER (goodness >= 2) AS partial_end,
        min(last_day) AS first_end, max_by(evidence_id, order_key(goodness, evidence_id), 3) AS text_ids
    FROM ranked_text
    GROUP BY organisation_id, test_no
), summary AS (
    SELECT organisation_id, test_no, count(*) AS selected, min_by(evidence_id, evidence_id, 3) AS evidence_ids
    FROM selected
    GROUP BY organisation_id, test_no
), result AS (
    SELECT t.organisation_id, t.test_no, b.goodness, b.elements, b.elements_there, b.reading_ids, b.text_ids, b.first_end, b.partial_end,
        s.selected, s.evidence_ids, CASE b.goodness WHEN 3 THEN b.pass_end WHEN 2 THEN b.partial_end END AS last_day
    FROM asked AS t
    LEFT JOIN summary AS s USING (organisation_id, test_no)
    LEFT JOIN best AS b USING (organisation_id, test_no)
)
SELECT organisation_id, test_no,
    CASE WHEN selected IS NULL OR goodness = 0 THEN 'no_evidence' WHEN goodness = 3 THEN 'pass' WHEN goodness = 2 THEN 'partial'
        ELSE 'fail' END AS result,
    elements_there / elements AS metric, CAST(elements_there AS DOUBLE) AS numerator, CAST(elements AS DOUBLE) AS denominator,
    CASE WHEN selected IS NULL THEN 'no_records' WHEN goodness IS NULL THEN 'no_text_in_force' WHEN goodness = 0 THEN 'not_read'
        ELSE 'elements_found' END AS reason,
    CASE WHEN last_day < DATE '9999-12-31' THEN last_day + 1 END AS expires_on,
    CASE WHEN goodness = 3 AND partial_end < DATE '9999-12-31' THEN partial_end + 1 END AS weak_until,
    CASE WHEN first_end < DATE '9999-12-31' THEN first_end + 1 END AS changes_on,
    coalesce(selected, 0) AS selected,
    CASE WHEN reading_ids IS NOT NULL THEN 'reading' END AS evidence_kind,
    coalesce(reading_ids, text_ids, evidence_ids) AS evidence_ids
FROM result;
