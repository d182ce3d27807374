-- How many referrals are open at each unit. `open_limit` is the unit's own word, `standard` its institution's where it
-- gives none. `lowered_from`: a limit was set below what was open; what is there stays, and nothing is added.
CREATE TABLE units (
    unit text PRIMARY KEY,
    open_limit integer,
    standard integer NOT NULL,
    quota_yuan bigint,
    version integer NOT NULL DEFAULT 0,
    open integer NOT NULL DEFAULT 0,
    lowered_from integer
) WITH (fillfactor = 50);

-- The catalogue releases for which the waiting demands were called up; a row is written once, by whichever member is first.
CREATE TABLE releases (
    release integer PRIMARY KEY,
    woken_at timestamptz NOT NULL,
    demands bigint NOT NULL
);
