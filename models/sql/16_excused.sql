-- Who or what is excused is left out of a test; when that is more than a twentieth of all there is, the test is partial at most
-- (domain.md section 4, Excused). Where all there was is excused it does not hold that nothing occurred: nothing was judged. Reads excused_count (organisation_id, test_no, excused): how many records that a test would
-- have looked at are left out. Changes work_result: result, reason, expires_on.
UPDATE work_result AS w SET result = CASE w.result WHEN 'pass' THEN 'partial' ELSE 'no_evidence' END, reason = 'many_excused',
    expires_on = weak_until
FROM excused_count AS x
WHERE x.organisation_id = w.organisation_id AND x.test_no = w.test_no AND w.result IN ('pass', 'not_occurred')
    AND x.excused > 0.05 * (x.excused + coalesce(nullif(w.denominator, 0), w.selected, 0));
