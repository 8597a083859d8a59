-- Status of every control from its active measures, or from its own tests if it has none (domain.md section 5).
-- grain: one row per organisation and control; key: organisation_id, framework_id, norm_id.
CREATE OR REPLACE TEMP TABLE new_control_status AS
WITH part AS (
    SELECT s.*, coalesce(n.parent, n.norm_id) AS control_id
    FROM new_measure_status AS s
    JOIN catalogue.norm AS n USING (framework_id, norm_id)
    WHERE n.level IN ('measure', 'control')
), rolled AS (
    SELECT organisation_id, framework_id, control_id,
        count(*) FILTER (status <> 'niet_van_toepassing') AS measures,
        count(*) FILTER (status NOT IN ('niet_van_toepassing', 'geen_bewijs')) AS known,
        count(*) FILTER (status = 'voldoet') AS met,
        count(*) FILTER (status = 'voldoet_niet') AS unmet,
        count(*) FILTER (status = 'geen_bewijs') AS unknown,
        max(basis_rank(basis)) FILTER (status <> 'niet_van_toepassing') AS weakest,
        min(expires_on) FILTER (status <> 'niet_van_toepassing') AS expires_on,
        min(excepted_until) AS excepted_until,
        min(CASE status WHEN 'voldoet_deels' THEN gap_place(gap) WHEN 'voldoet_niet' THEN 1 WHEN 'geen_bewijs' THEN 1 END) AS gap
    FROM part
    GROUP BY organisation_id, framework_id, control_id
)
SELECT organisation_id, framework_id, control_id AS norm_id,
    rolled_up(measures, met, unmet, unknown) AS status,
    basis_name(weakest) AS basis, expires_on, measures, known AS measures_known, met AS measures_met, excepted_until,
    CASE WHEN rolled_up(measures, met, unmet, unknown) = 'voldoet_deels' THEN gap_name(gap) END AS gap
FROM rolled;
