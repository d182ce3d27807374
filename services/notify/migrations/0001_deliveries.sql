-- One row per recipient and channel. Ids are time-first, so that the index grows at its end. Two clocks: due_at and
-- expires_at are the campaign's, not_before is the machine's own, for what the network makes us wait.
CREATE TABLE deliveries (
    id uuid NOT NULL PRIMARY KEY,
    cause uuid NOT NULL,
    cause_type text NOT NULL,
    household uuid NOT NULL,
    demand uuid NOT NULL,
    audience text NOT NULL,
    recipient text NOT NULL,
    channel text NOT NULL,
    lane text NOT NULL,
    template text NOT NULL,
    language text NOT NULL,
    state text NOT NULL,
    attempt integer NOT NULL,
    made_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    number text,
    reason text,
    content bytea,
    simulated boolean NOT NULL,
    not_before timestamptz NOT NULL DEFAULT '-infinity',
    -- An attempt was begun and its end is not written yet: not_before is when it must have ended.
    sending boolean NOT NULL DEFAULT false
) WITH (fillfactor = 90);
CREATE INDEX deliveries_waiting ON deliveries (lane, due_at, id) WHERE state = 'pending';
CREATE INDEX deliveries_sending ON deliveries (not_before) WHERE state = 'pending' AND sending;
CREATE INDEX deliveries_expiring ON deliveries (expires_at) WHERE state = 'pending';
CREATE INDEX deliveries_number ON deliveries (number) WHERE number IS NOT NULL;

-- Ciphertext as it came with each demand. `silent`: the consent does not, or no longer, allow messages.
CREATE TABLE contacts (
    household uuid NOT NULL,
    demand uuid NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (household, demand)
);
CREATE TABLE silenced (
    household uuid NOT NULL PRIMARY KEY
);

-- Events that came before their demand did, by another topic.
CREATE TABLE deferred (
    cause uuid NOT NULL PRIMARY KEY,
    household uuid NOT NULL,
    demand uuid NOT NULL,
    value bytea NOT NULL
);
CREATE INDEX deferred_demand ON deferred (demand);

-- Leaves to open fields of an identity, and each opening; a token opens once.
CREATE TABLE disclosures (
    id uuid NOT NULL PRIMARY KEY,
    household uuid NOT NULL,
    demand uuid NOT NULL,
    audience text NOT NULL,
    recipient text NOT NULL,
    holder text NOT NULL,
    about uuid NOT NULL,
    fields text[] NOT NULL,
    reason text NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended boolean NOT NULL DEFAULT false
);
CREATE INDEX disclosures_demand ON disclosures (demand);
CREATE INDEX disclosures_about ON disclosures (about);
CREATE TABLE openings (
    token text NOT NULL PRIMARY KEY,
    disclosure uuid NOT NULL,
    person text NOT NULL,
    opened_at timestamptz NOT NULL
);

-- Webhook addresses that answered 410: never tried again. Another address of the same partner is another row.
CREATE TABLE closed_webhooks (
    url text NOT NULL PRIMARY KEY,
    partner text NOT NULL,
    closed_at timestamptz NOT NULL
);
