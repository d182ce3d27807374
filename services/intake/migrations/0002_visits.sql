-- Visits of banks, so that a second bank is told of one that was there lately. No personal data: an opaque household.
CREATE TABLE visits (
    household uuid NOT NULL,
    bank text NOT NULL,
    visited_on date NOT NULL,
    PRIMARY KEY (household, bank, visited_on)
);
