-- The desk's own: worklists (台账) that came back filled, an answer to each of their rows.
CREATE TABLE worklists (
    worklist uuid NOT NULL PRIMARY KEY,
    account uuid NOT NULL REFERENCES accounts,
    house text NOT NULL,
    at timestamptz NOT NULL
);
CREATE TABLE worklist_rows (
    worklist uuid NOT NULL REFERENCES worklists,
    line integer NOT NULL,
    about text NOT NULL,
    demand uuid,
    action text,
    -- What became of it before anything was sent; where it was sent, `sent` knows the rest.
    verdict text NOT NULL CHECK (verdict IN ('sent', 'repeated', 'stale', 'refused', 'unknown')),
    act uuid,
    reason_zh text,
    reason_en text,
    PRIMARY KEY (worklist, line)
);
