-- What each step of a run took.
-- grain: one row per run and step; key: run_id, step. step: examine, collect, assess, finish, publish; seconds of wall time; number: of
-- problems, records, computed pairs of organisation and test, sources, bytes that were published.
CREATE TABLE IF NOT EXISTS ops.step (
    run_id VARCHAR, run_no BIGINT, step VARCHAR, began_at TIMESTAMP, seconds DOUBLE, number BIGINT);
