-- How a household comes to its own page: by its receipt and secret, or by a code to its telephone. The secret is not here:
-- it is made from the receipt under the installation's secret. `epoch`: one device at a time, the newest signs the
-- others out.
CREATE TABLE household_access (
    demand uuid NOT NULL PRIMARY KEY,
    receipt text UNIQUE,
    epoch integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    locked_until timestamptz,
    applied_at timestamptz
);
