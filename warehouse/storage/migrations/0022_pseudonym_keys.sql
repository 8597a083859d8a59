-- With which key persons were made pseudonyms: a mark of it, never the key. A night with another key is refused, because the same
-- person would get another pseudonym and would no longer be the same.

-- grain: one row per key that an organisation used; the newest counts. scheme: 1 before pseudonyms differed per organisation, 2 since.
-- since: from when it is used; rotated: whether it took the place of another.
CREATE TABLE IF NOT EXISTS ops.pseudonym_key (
    organisation_id VARCHAR, mark VARCHAR, scheme INTEGER, since TIMESTAMP, rotated BOOLEAN);
