-- What a unit's open referrals ask for and what it has paid out, both against its money quota; and which of its clocks
-- it kept. `standard` is now the share that the record gives, where the unit declared nothing.
ALTER TABLE units
    ADD COLUMN held_yuan bigint NOT NULL DEFAULT 0,
    ADD COLUMN lent_yuan bigint NOT NULL DEFAULT 0,
    ADD COLUMN answered integer NOT NULL DEFAULT 0,
    ADD COLUMN lapsed integer NOT NULL DEFAULT 0;

-- When a unit took less than its institution stands for: from the declaration that lowered it to the one that raised it.
CREATE TABLE reduced_intake (
    unit text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz,
    PRIMARY KEY (unit, since)
);

-- How many households look alike on a masked card: county, trade, amount. Counted up to a bound, never down: a group
-- that was large enough stays so.
CREATE TABLE look_alikes (
    name text PRIMARY KEY,
    households integer NOT NULL
) WITH (fillfactor = 50);
