-- Why what is not among the records of a kind may be there all the same.
-- grain: one row per organisation, evidence kind and source that is not whole (see reading.source_of_kind), and one with
-- state no_source where no source delivers the kind; key: organisation_id, kind, source_id.
-- A source of which nothing says what it delivers stands under every kind. A source that was removed from the settings counts
-- only where no other has taken its place.
CREATE OR REPLACE VIEW reading.unknown_part AS
WITH asked AS (
    SELECT o.organisation_id, k.kind, k.label_nl, k.label_en FROM ops.organisation AS o CROSS JOIN reading.kind AS k
), delivered AS (
    SELECT a.*, s.source_id, s.title, s.state, s.read_on, s.fresh_until, s.rejected, s.kind IS NOT NULL AS certain
    FROM asked AS a
    JOIN reading.source_of_kind AS s ON s.organisation_id = a.organisation_id AND (s.kind = a.kind OR s.kind IS NULL)
), present_kind AS (
    SELECT organisation_id, kind FROM delivered WHERE certain AND state <> 'removed'
), removed_kind AS (
    SELECT organisation_id, kind FROM delivered WHERE certain AND state = 'removed'
)
SELECT organisation_id, kind, label_nl, label_en, source_id, title, state, read_on, fresh_until, rejected
FROM delivered
WHERE state NOT IN ('whole', 'removed')
UNION ALL
SELECT d.organisation_id, d.kind, d.label_nl, d.label_en, d.source_id, d.title, d.state, d.read_on, d.fresh_until, d.rejected
FROM delivered AS d
ANTI JOIN present_kind AS p USING (organisation_id, kind)
WHERE d.certain AND d.state = 'removed'
UNION ALL
SELECT a.organisation_id, a.kind, a.label_nl, a.label_en, NULL, NULL, 'no_source', NULL, NULL, 0
FROM asked AS a
ANTI JOIN present_kind AS p USING (organisation_id, kind)
ANTI JOIN removed_kind AS r USING (organisation_id, kind);
