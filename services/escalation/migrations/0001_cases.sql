-- Every case that ever was, by its number: for counting, for metrics and for finding what a claim is about.
-- The decisions rest on the states; this is written with them, in the same transaction.
CREATE TABLE cases (
    id uuid NOT NULL PRIMARY KEY,
    household uuid NOT NULL,
    demand uuid NOT NULL,
    obstacle text NOT NULL,
    matter uuid NOT NULL,
    county text NOT NULL,
    authority text NOT NULL,
    unit text,
    state text NOT NULL,
    catch_all boolean NOT NULL,
    since timestamptz NOT NULL,
    due_at timestamptz,
    ended_at timestamptz,
    simulated boolean NOT NULL
) WITH (fillfactor = 80);
-- One case per (demand, obstacle) at a time, whatever the decisions think. Household first: it grows at its end.
CREATE UNIQUE INDEX cases_open ON cases (household, demand, obstacle) WHERE ended_at IS NULL;
