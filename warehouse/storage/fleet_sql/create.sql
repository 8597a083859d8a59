-- What a fleet shares in PostgreSQL, and nothing else: which file is the warehouse of a municipality, and who works on it.
-- grain: one row per municipality; key: organisation_id. token: counts the claims, so that who was overtaken is refused.
-- run_no: counts the commits. object, published: names in the shared storage. Moments by the clock of this database.
CREATE TABLE IF NOT EXISTS municipality (
    organisation_id text PRIMARY KEY, token bigint NOT NULL DEFAULT 0, holder text,
    lease_until timestamptz NOT NULL DEFAULT '-infinity', run_no bigint NOT NULL DEFAULT 0, as_of date, object text,
    sha256 text, published text, published_sha256 text, manifest_hash text, committed_at timestamptz)
