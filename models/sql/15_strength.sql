-- What passes only on evidence that is weaker than the test asks is partial (domain.md section 5, Strength). What a person keeps
-- by hand of something that a system could measure is documented; a number without the parts it is made of is no more than
-- declared. Changes work_result: basis, result, reason. Reads named_record: the records that results name, of kinds that can be
-- measured.
CREATE OR REPLACE TEMP TABLE result_strength AS
WITH hand_kept AS (
    SELECT organisation_id, source_id
    FROM ops.source_run
    WHERE recorded_at <= getvariable('known_at')
    GROUP BY organisation_id, source_id
    HAVING bool_or(coalesce(by_hand, false))
), named AS (
    SELECT organisation_id, test_no, unnest(evidence_ids) AS evidence_id
    FROM work_result
    WHERE result <> 'not_occurred'
), weakest AS (
    SELECT n.organisation_id, n.test_no, max(CASE WHEN r.has_parts THEN 4 ELSE 5 END) AS rank
    FROM named AS n
    JOIN named_record AS r USING (organisation_id, evidence_id)
    JOIN hand_kept AS h ON h.organisation_id = r.organisation_id AND h.source_id = r.source_id
    GROUP BY n.organisation_id, n.test_no
), sampled_list AS (
    -- one sample of a list serves all that its owner states in it
    SELECT w.organisation_id, t.sampled_kind AS kind, t.sampled_about AS about, max(w.expires_on) AS expires_on
    FROM work_result AS w
    JOIN catalogue.test AS t USING (test_no)
    WHERE t.sampled_kind IS NOT NULL AND w.result = 'pass'
    GROUP BY ALL
), lifted AS (
    SELECT w.organisation_id, w.test_no, max(s.expires_on) AS lifted_until
    FROM work_result AS w
    JOIN catalogue.test AS t USING (test_no)
    JOIN sampled_list AS s ON s.organisation_id = w.organisation_id AND s.kind = t.kind
        AND len(t.about) > 0 AND list_has_all(s.about, t.about)
    WHERE t.basis = 'declared'
    GROUP BY w.organisation_id, w.test_no
)
SELECT w.organisation_id, w.test_no, basis_rank(t.min_basis) AS least_rank, l.lifted_until,
    CASE WHEN l.test_no IS NOT NULL THEN basis_rank('sampled') ELSE greatest(basis_rank(t.basis), h.rank) END AS rank
FROM work_result AS w
JOIN catalogue.test AS t USING (test_no)
LEFT JOIN weakest AS h USING (organisation_id, test_no)
LEFT JOIN lifted AS l USING (organisation_id, test_no);

UPDATE work_result SET
    basis = basis_name(s.rank),
    result = CASE WHEN result = 'pass' AND s.rank > s.least_rank THEN 'partial' ELSE result END,
    expires_on = CASE WHEN result = 'pass' AND s.rank > s.least_rank THEN weak_until
        WHEN result = 'pass' THEN least(expires_on, s.lifted_until) ELSE expires_on END,
    changes_on = least(changes_on, s.lifted_until),
    reason = CASE WHEN result = 'pass' AND s.rank > s.least_rank THEN 'too_weak' ELSE reason END
FROM result_strength AS s
WHERE s.organisation_id = work_result.organisation_id AND s.test_no = work_result.test_no;
