-- Tests of one norm and aspect that bear the same name are one group: the best of them counts.
ALTER TABLE catalogue.test ADD COLUMN IF NOT EXISTS any_of VARCHAR;
