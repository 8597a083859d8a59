-- Whether a source of each kind of evidence was read, whole and fresh: only then is what is not in its records not there.
-- grain: one row per organisation and evidence kind; key: organisation_id, kind.
-- sources: those that the newest run had. whole: nothing about the kind is unknown (see reading.unknown_part).
CREATE OR REPLACE VIEW reading.kind_known AS
SELECT o.organisation_id, k.kind, k.label_nl, k.label_en,
    (SELECT count(*) FROM reading.source_of_kind AS s
     WHERE s.organisation_id = o.organisation_id AND s.kind = k.kind AND s.state <> 'removed') AS sources,
    NOT EXISTS (FROM reading.unknown_part AS u WHERE u.organisation_id = o.organisation_id AND u.kind = k.kind) AS whole
FROM ops.organisation AS o
CROSS JOIN reading.kind AS k;
