-- What is the desk's own: backed up, never made again from the topics.

-- Who may sign in. `subject` is the institution or authority of a bank's or an authority's officer.
CREATE TABLE accounts (
    account uuid NOT NULL PRIMARY KEY,
    login text NOT NULL UNIQUE,
    role text NOT NULL CHECK (role IN ('bank', 'authority', 'campaign_office', 'auditor')),
    subject text CHECK ((subject IS NOT NULL) = (role IN ('bank', 'authority'))),
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    failures integer NOT NULL DEFAULT 0,
    locked_until timestamptz,
    -- A session is good only for the epoch that it was opened in: a new password or a sign-out ends them all.
    epoch integer NOT NULL DEFAULT 0,
    disabled boolean NOT NULL DEFAULT false
);

-- What officers have sent to the gate, until the context that owns it has answered.
CREATE TABLE sent (
    id uuid NOT NULL PRIMARY KEY,
    account uuid NOT NULL REFERENCES accounts,
    household uuid NOT NULL,
    demand uuid NOT NULL,
    about uuid NOT NULL,
    action text NOT NULL,
    sent_at timestamptz NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('sent', 'taken', 'refused', 'undelivered')),
    answer text,
    reason_zh text,
    reason_en text
);
CREATE INDEX sent_about ON sent (about, sent_at);
