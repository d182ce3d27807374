-- Whom a telephone reaches is looked for when its code is shown: there may be several, and more of them by then.
ALTER TABLE contact_codes DROP COLUMN household;
-- A household's id begins with its time: the index grows at its end.
CREATE INDEX submissions_of_household ON submissions (household);
