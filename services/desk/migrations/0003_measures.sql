-- The read model, continued: what the campaign is measured by. Sets keyed by event id, and the moments of referrals;
-- any order of arrival gives the same rows. Who measures reads them all at once, seldom, so only keys are indexed.
ALTER TABLE demands ADD COLUMN first_time boolean, ADD COLUMN verified boolean;

-- When what first happened to a referral; each column keeps the earliest that it was told.
CREATE TABLE moments (
    referral uuid NOT NULL PRIMARY KEY,
    household uuid NOT NULL,
    demand uuid NOT NULL,
    opened_at timestamptz,
    accepted_at timestamptz,
    contacted_at timestamptz,
    offered_at timestamptz,
    declined_at timestamptz,
    lapsed_at timestamptz,
    recalled_at timestamptz,
    granted_at timestamptz,
    disbursed_at timestamptz,
    decline_code text
) WITH (fillfactor = 80);

-- Granted, disbursed, and the steps of policies.
CREATE TABLE money (
    event uuid NOT NULL PRIMARY KEY,
    household uuid NOT NULL,
    demand uuid NOT NULL,
    referral uuid NOT NULL,
    bank text NOT NULL,
    unit text NOT NULL,
    at timestamptz NOT NULL,
    moved text NOT NULL,
    policy text,
    amount_yuan bigint NOT NULL,
    rate_bp integer
);

CREATE TABLE ratings (
    event uuid NOT NULL PRIMARY KEY,
    household uuid NOT NULL,
    demand uuid NOT NULL,
    at timestamptz NOT NULL,
    of text NOT NULL,
    stars smallint NOT NULL
);

CREATE TABLE visits (
    event uuid NOT NULL PRIMARY KEY,
    household uuid NOT NULL,
    visitor text NOT NULL,
    bank text,
    county text NOT NULL,
    visited_on date NOT NULL,
    result text NOT NULL
);

-- All that units ever said they can take; `capacity` has only the newest. The topic is compacted: what it has dropped
-- is kept here, and a rebuild takes it over.
CREATE TABLE limits (
    event uuid NOT NULL PRIMARY KEY,
    bank text NOT NULL,
    unit text NOT NULL,
    at timestamptz NOT NULL,
    version bigint NOT NULL,
    open_limit integer NOT NULL
);
