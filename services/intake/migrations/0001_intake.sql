-- What has come through the gate. Every unique key here is a guard: a member that was slower takes its batch again.

-- A demand's id is a hash of who sent it under which number, so this key is also the one of (partner, source id).
-- `survivor`: the demand that it was merged into.
CREATE TABLE submissions (
    demand uuid PRIMARY KEY,
    household uuid NOT NULL,
    survivor uuid
);

-- At most one open demand for each household and purpose.
CREATE TABLE open_demands (
    household uuid NOT NULL,
    purpose text NOT NULL,
    demand uuid NOT NULL,
    PRIMARY KEY (household, purpose)
);

-- Which demand a referral or a case is about, and who has it before them: the way from a claim to its household.
CREATE TABLE links (
    id uuid PRIMARY KEY,
    demand uuid NOT NULL,
    household uuid NOT NULL,
    party text NOT NULL
);
CREATE INDEX links_household ON links (household);

-- All else that was said, by a hash of who said it under which number: the same again changes nothing.
CREATE TABLE sayings (
    id uuid PRIMARY KEY,
    fingerprint bytea NOT NULL
);

-- A claim about a referral or a case of which intake has not heard yet, as it came; it holds no personal data.
CREATE TABLE held_claims (
    id uuid PRIMARY KEY,
    reference uuid NOT NULL,
    partner text NOT NULL,
    value bytea NOT NULL
);
CREATE INDEX held_claims_reference ON held_claims (reference);

-- The newest version of what each unit said it can take.
CREATE TABLE limits (
    unit text PRIMARY KEY,
    version integer NOT NULL
);

-- HTTP: what was asked under which key, stored before it is sent, so that sending can be repeated.
CREATE TABLE requests (
    receipt uuid PRIMARY KEY,
    partner text NOT NULL,
    key_hash bytea NOT NULL,
    fingerprint bytea NOT NULL,
    demand uuid,
    value bytea,
    UNIQUE (partner, key_hash)
);

-- What became of it: the first verdict stays.
CREATE TABLE verdicts (
    receipt uuid PRIMARY KEY,
    verdict text NOT NULL,
    demand uuid,
    problems bytea
);

-- `body` is the registration as published; `published` the version that the topic has.
CREATE TABLE partners (
    partner text PRIMARY KEY,
    version integer NOT NULL,
    published integer NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL,
    body bytea NOT NULL
);
