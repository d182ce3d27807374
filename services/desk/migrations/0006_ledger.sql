-- The ledger: what happened, in the order in which the desk took it, one chain per partition. Backed up, never made
-- again, also not with the read model: a chain that is written anew is another one. `record` is the hash of the event as it stood on Kafka, `line`
-- that of its line in the timeline where it has one, `link` that of the entry and of the link before.
CREATE TABLE ledger (
    chain integer NOT NULL,
    number bigint NOT NULL,
    household uuid NOT NULL,
    event uuid NOT NULL,
    record bytea NOT NULL,
    line bytea,
    link bytea NOT NULL,
    PRIMARY KEY (chain, number)
);
-- Where each chain ends.
CREATE TABLE chains (
    chain integer NOT NULL PRIMARY KEY,
    number bigint NOT NULL,
    link bytea NOT NULL
) WITH (fillfactor = 50);
-- From time to time one hash over the ends of all chains and the root before: what is printed, and kept elsewhere.
CREATE TABLE roots (
    number bigint NOT NULL PRIMARY KEY,
    at timestamptz NOT NULL,
    chains integer[] NOT NULL,
    numbers bigint[] NOT NULL,
    links bytea[] NOT NULL,
    root bytea NOT NULL
);
