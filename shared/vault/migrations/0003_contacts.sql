-- Whom a telephone reaches beside the household that it identifies: one telephone may be that of several shops, or of
-- somebody who helps. It leads whoever shows the telephone's code to their pages, and no demand to any household.
CREATE TABLE contacts (
    hash bytea NOT NULL,
    household uuid NOT NULL,
    PRIMARY KEY (hash, household)
);
CREATE INDEX contacts_household ON contacts (household);
