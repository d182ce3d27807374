-- What is the desk's own about the campaign: planned and promised by people, known to no topic. Backed up.

-- What a bank has promised (承诺): so much of a measure until a day. What it has reached is counted, never entered.
CREATE TABLE commitments (
    commitment uuid NOT NULL PRIMARY KEY,
    bank text NOT NULL,
    measure text NOT NULL,
    target bigint NOT NULL CHECK (target > 0),
    from_day date NOT NULL,
    due_on date NOT NULL CHECK (due_on >= from_day),
    note text,
    made_by uuid NOT NULL REFERENCES accounts,
    at timestamptz NOT NULL,
    withdrawn_at timestamptz
);

-- Fairs, lectures, rounds through a street (活动): planned, then held with how many came, or called off.
CREATE TABLE activities (
    activity uuid NOT NULL PRIMARY KEY,
    title text NOT NULL,
    kind text NOT NULL,
    county text NOT NULL,
    place text,
    on_day date NOT NULL,
    host text NOT NULL,
    expected integer,
    state text NOT NULL CHECK (state IN ('planned', 'held', 'called_off')),
    came integer,
    made_by uuid NOT NULL REFERENCES accounts,
    at timestamptz NOT NULL
);
CREATE INDEX activities_by_day ON activities (on_day);

-- Who goes where (走访任务): a street or market, so many shops, until when. Which shops these are stays in the files of
-- whoever goes; how many were seen is counted from the visits themselves.
CREATE TABLE visit_lists (
    visit_list uuid NOT NULL PRIMARY KEY,
    title text NOT NULL,
    bank text NOT NULL,
    county text NOT NULL,
    planned integer NOT NULL CHECK (planned > 0),
    from_day date NOT NULL,
    to_day date NOT NULL CHECK (to_day >= from_day),
    made_by uuid NOT NULL REFERENCES accounts,
    at timestamptz NOT NULL
);
CREATE INDEX visits_by_day ON visits (county, visited_on);

-- What the banks say of themselves (自报), month by month. Never added to anything that is counted here.
CREATE TABLE reported (
    bank text NOT NULL,
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    measure text NOT NULL,
    n bigint,
    yuan bigint,
    file text NOT NULL,
    account uuid NOT NULL REFERENCES accounts,
    at timestamptz NOT NULL,
    PRIMARY KEY (bank, month, measure)
);
