-- What a county's agenda, its common issues and its account are counted from: beside the states, never instead of them.
-- yuan: what the demand asks for; released_yuan: what has reached the household of a demand whose case was cleared.
ALTER TABLE cases
    ADD COLUMN yuan bigint NOT NULL DEFAULT 0,
    ADD COLUMN released_yuan bigint NOT NULL DEFAULT 0,
    ADD COLUMN opened_at timestamptz,
    ADD COLUMN paused_days integer NOT NULL DEFAULT 0,
    ADD COLUMN gross_days integer,
    ADD COLUMN net_days integer,
    ADD COLUMN session_on date,
    ADD COLUMN exhausted boolean NOT NULL DEFAULT false;
CREATE INDEX cases_county ON cases (county, obstacle);

-- What a session decided on an item, for the cases that hear of it each by a deadline of its own. The newest one counts.
CREATE TABLE rulings (
    id uuid NOT NULL PRIMARY KEY,
    county text NOT NULL,
    obstacle text NOT NULL,
    number text NOT NULL,
    at timestamptz NOT NULL,
    decision text NOT NULL,
    reason text NOT NULL,
    "to" text,
    until date
);
CREATE INDEX rulings_county ON rulings (county, obstacle, at);
