-- The chain of seals, and who did what beside the nightly runs.

-- grain: one row per seal; key: seal_no. A seal covers every row of every other table at that moment. file: the manifest,
-- relative to the landing; run_id: of a run, empty for an act of people; marks: the object with the marks of the rows, of all of
-- them when it is a base. See docs/verification.md.
CREATE TABLE IF NOT EXISTS ops.seal (
    seal_no BIGINT, sealed_at TIMESTAMP, run_id VARCHAR, act VARCHAR, file VARCHAR, manifest_hash VARCHAR,
    previous_hash VARCHAR, marks VARCHAR, is_base BOOLEAN, signature VARCHAR, public_key VARCHAR);

-- grain: one row per act of a person; append-only; key: event_no. account: of the machine, as it is called there; person: as
-- that person said; role: with what right.
CREATE TABLE IF NOT EXISTS account.audit (
    event_no BIGINT, happened_at TIMESTAMP, organisation_id VARCHAR, account VARCHAR, person VARCHAR, role VARCHAR,
    act VARCHAR, about VARCHAR, reason VARCHAR, event_hash VARCHAR);

-- grain: one row per act of throwing away versions of records of a kind: how many, of when, and their marks together. Of what they
-- said nothing is left.
CREATE TABLE IF NOT EXISTS account.purged_rows (
    organisation_id VARCHAR, kind VARCHAR, rows BIGINT, first_recorded_at TIMESTAMP, last_retired_at TIMESTAMP, marks VARCHAR,
    purged_at TIMESTAMP, rule VARCHAR);

-- grain: one row per object of the landing that was thrown away after its term; what it was is proven by its name, the SHA-256.
CREATE TABLE IF NOT EXISTS account.purged_object (
    organisation_id VARCHAR, artifact VARCHAR, bytes BIGINT, purged_at TIMESTAMP, rule VARCHAR);
