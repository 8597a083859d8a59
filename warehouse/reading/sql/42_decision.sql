-- What was decided, or proposed, about norms: that they do not apply, or that they are deviated from for a time.
-- grain: one row per statement about applicability that is known now; key: organisation_id, source_id, record_key.
-- to_framework_id, to_norm_id: the number that the norm has now, NULL when there is no such norm.
CREATE OR REPLACE VIEW reading.applicability AS
SELECT a.organisation_id, a.source_id, a.record_key, a.evidence_id, x.to_framework_id, x.to_norm_id, a.applies, a.reason,
    a.risk_analysis, a.approved_by, a.approved_on, a.valid_until, a.locator
FROM evidence.applicability AS a
LEFT JOIN catalogue.alias AS x ON x.framework_id = a.framework_id AND x.norm_id = lower(a.norm_id)
WHERE a.retired_at IS NULL;

-- The statements that a status rests on, also when their source has replaced them since.
-- grain: one row per version of a statement; key: evidence_id.
CREATE OR REPLACE VIEW reading.applicability_version AS
SELECT organisation_id, evidence_id, reason, risk_analysis, approved_on FROM evidence.applicability;

-- grain: one row per exception that is known now; key: organisation_id, source_id, record_key.
-- norm_id: the number that the norm has now, or the one that its source wrote.
CREATE OR REPLACE VIEW reading.exception AS
SELECT e.organisation_id, e.source_id, e.record_key, coalesce(n.norm_id, e.norm_id) AS norm_id, n.norm_order,
    n.title_nl, n.title_en, e.reason, e.risk_analysis, e.approved_by, e.approved_on, e.valid_until, e.locator
FROM evidence.exception AS e
LEFT JOIN catalogue.alias AS x ON x.framework_id = e.framework_id AND x.norm_id = lower(e.norm_id)
LEFT JOIN catalogue.norm AS n ON n.framework_id = x.to_framework_id AND n.norm_id = x.to_norm_id
WHERE e.retired_at IS NULL;

-- How many proposals to leave a norm out or to deviate from it nobody has approved yet.
-- grain: one row per organisation; key: organisation_id.
CREATE OR REPLACE VIEW reading.undecided_count AS
SELECT o.organisation_id,
    (SELECT count(*) FROM evidence.exception AS e
     WHERE e.organisation_id = o.organisation_id AND e.retired_at IS NULL AND e.approved_on IS NULL)
    + (SELECT count(*) FROM evidence.applicability AS a
       WHERE a.organisation_id = o.organisation_id AND a.retired_at IS NULL AND a.approved_on IS NULL AND NOT a.applies)
    AS undecided
FROM ops.organisation AS o;
