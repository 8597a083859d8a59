-- Small words that the models share. Sources: domain.md sections 4 and 5.
-- How good a result is, to compare it with a later one: fail and no_evidence are equally far from a pass, and that there were
-- no cases is as good as one.
CREATE OR REPLACE TEMP MACRO result_rank(result) AS
    CASE WHEN result IN ('pass', 'not_occurred') THEN 2 WHEN result = 'partial' THEN 1 ELSE 0 END;
-- The strength of evidence, the strongest first; the weakest of several is the largest number.
CREATE OR REPLACE TEMP MACRO basis_name(rank) AS
    ['measured', 'audited', 'sampled', 'documented', 'declared', 'attested'][rank];
-- What keeps a norm from complying, the most serious first; its place is the rank that gap_rank(reason) gives.
CREATE OR REPLACE TEMP MACRO gap_name(rank) AS ['shortfall', 'not_read', 'not_compared', 'too_weak'][rank];
CREATE OR REPLACE TEMP MACRO gap_place(gap) AS list_position(['shortfall', 'not_read', 'not_compared', 'too_weak'], gap);
CREATE OR REPLACE TEMP MACRO basis_rank(basis) AS
    list_position(['measured', 'audited', 'sampled', 'documented', 'declared', 'attested'], basis);
-- A number that orders records by a whole number first and breaks ties by identity, so that "the first few" is always
-- the same few. magnitude: up to 16 bits.
CREATE OR REPLACE TEMP MACRO order_key(magnitude, id) AS
    CAST(magnitude AS BIGINT) * 140737488355328 + CAST(id >> 17 AS BIGINT);
CREATE OR REPLACE TEMP MACRO day_number(day) AS CAST(day - DATE '1970-01-01' AS BIGINT);
-- How a value compares with two thresholds, in either direction.
CREATE OR REPLACE TEMP MACRO judged(value, pass_at, partial_at, direction) AS CASE
    WHEN direction = 'higher' AND value >= pass_at THEN 'pass'
    WHEN direction = 'higher' AND value >= partial_at THEN 'partial'
    WHEN direction = 'lower' AND value <= pass_at THEN 'pass'
    WHEN direction = 'lower' AND value <= partial_at THEN 'partial'
    ELSE 'fail' END;
-- First day of the window of a test, inclusive: 1 January of the year, or the day after (as-of day minus its length).
CREATE OR REPLACE TEMP MACRO window_first_day(day, length) AS CAST(
    CASE WHEN length IS NULL THEN date_trunc('year', day) ELSE day - length + INTERVAL 1 DAY END AS DATE);
-- Whether a body or role may approve that a norm does not apply, or accept what is found: the board, or whom it mandated.
CREATE OR REPLACE TEMP MACRO may_approve(body) AS coalesce(list_contains(getvariable('approving_bodies'), lower(trim(body))), false);
-- The status of what consists of several norms that apply: a control of its measures, a question of its norms
-- (domain.md section 5). `parts`: how many apply; `met`, `unmet`, `unknown`: of those that comply, do not, have no evidence.
CREATE OR REPLACE TEMP MACRO rolled_up(parts, met, unmet, unknown) AS CASE
    WHEN parts = 0 THEN 'niet_van_toepassing' WHEN met = parts THEN 'voldoet' WHEN unknown = parts THEN 'geen_bewijs'
    WHEN unmet + unknown = parts THEN 'voldoet_niet' ELSE 'voldoet_deels' END;
