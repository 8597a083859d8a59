-- How many improvements there are: every report that says a number takes it from here.
-- grain: one row per organisation; key: organisation_id. to_do: neither done nor cancelled, of which late + undated + planned
-- is the whole; running: those of to_do of which the work has begun, late or not.
CREATE OR REPLACE VIEW reading.improvement_count AS
SELECT o.organisation_id, count(i.standing) FILTER (i.standing IN ('planned', 'late', 'undated')) AS to_do,
    count(i.standing) FILTER (i.standing = 'late') AS late, count(i.standing) FILTER (i.standing = 'undated') AS undated,
    count(i.standing) FILTER (i.standing = 'planned') AS planned,
    count(i.standing) FILTER (i.running AND i.standing IN ('planned', 'late', 'undated')) AS running,
    count(i.standing) FILTER (i.standing = 'done') AS done
FROM ops.organisation AS o
LEFT JOIN reading.improvement AS i USING (organisation_id)
GROUP BY o.organisation_id;
