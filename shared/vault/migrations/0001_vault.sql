-- The only place that leads from an identity to a household, and the keys of what is sealed. A database of its own:
-- intake may read and write all of it, notify only reads data_keys and service_keys.
CREATE TABLE data_keys (
    household uuid PRIMARY KEY,
    wrapped bytea NOT NULL
);

-- `hash` names its algorithm and is keyed: without the vault's own key nobody can try out telephone numbers.
CREATE TABLE identities (
    hash bytea PRIMARY KEY,
    kind text NOT NULL,
    household uuid NOT NULL
);
CREATE INDEX identities_household ON identities (household);
-- A household has one credit code: two members that learn different ones at once must not both be believed.
CREATE UNIQUE INDEX identities_credit_code ON identities (household) WHERE kind = 'credit_code';

-- Keys that belong to no household: the one of the hashes, of dead letters, of partners' secrets.
CREATE TABLE service_keys (
    name text PRIMARY KEY,
    wrapped bytea NOT NULL
);
