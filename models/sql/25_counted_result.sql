-- What counts for the status of a norm: each test of a counted aspect that the norm asks for, and of the tests of one aspect that
-- any of may prove (any_of) the best one (domain.md section 4). A real pass is better than that there were no cases.
-- grain: one row per organisation and test or group; key: organisation_id, framework_id, norm_id, aspect, proof.
-- is_strong_enough: whether one of these is at least as strong as its test asks.
-- It gets worse when the last of the tests that came out best does; basis, reason: those of the strongest of these.
CREATE OR REPLACE TEMP TABLE counted_result AS
WITH ranked AS (
    SELECT r.organisation_id, r.framework_id, r.norm_id, r.aspect, coalesce(t.any_of, r.test_id) AS proof, r.result, r.basis,
        r.reason, r.expires_on, r.test_id, basis_rank(r.basis) <= basis_rank(t.min_basis) AS is_strong_enough,
        list_position(['no_evidence', 'fail', 'partial', 'not_occurred', 'pass'], r.result) AS goodness
    FROM new_test_result AS r
    JOIN catalogue.test AS t USING (framework_id, test_id, purpose)
    -- what goes beyond the norm is shown and does not count
    WHERE r.purpose = 'norm' AND list_contains(getvariable('aspects'), r.aspect) AND t.beyond_norm IS NOT true
), best AS (
    SELECT *
    FROM ranked
    QUALIFY rank() OVER (PARTITION BY organisation_id, framework_id, norm_id, aspect, proof ORDER BY goodness DESC) = 1
)
SELECT organisation_id, framework_id, norm_id, aspect, proof, any_value(result) AS result,
    basis_name(min(basis_rank(basis))) AS basis, arg_min(reason, (coalesce(basis_rank(basis), 9), test_id)) AS reason,
    CASE WHEN count(*) = count(expires_on) THEN max(expires_on) END AS expires_on,
    coalesce(bool_or(is_strong_enough), false) AS is_strong_enough
FROM best
GROUP BY organisation_id, framework_id, norm_id, aspect, proof;
