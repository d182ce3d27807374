-- Who may sign in, and who does the work inside a house.

ALTER TABLE accounts DROP CONSTRAINT accounts_role_check;
ALTER TABLE accounts ADD CONSTRAINT accounts_role_check CHECK (role IN ('none', 'bank', 'authority', 'campaign_office',
    'county_team', 'auditor', 'system_administrator', 'security_administrator', 'audit_administrator'));
ALTER TABLE accounts DROP CONSTRAINT accounts_check;
ALTER TABLE accounts ADD CONSTRAINT accounts_subject_check
    CHECK ((subject IS NOT NULL) = (role IN ('bank', 'authority', 'county_team')));
-- Nobody's password: who comes by single sign-on has none here.
ALTER TABLE accounts ALTER COLUMN password_hash DROP NOT NULL;
ALTER TABLE accounts ADD COLUMN single_sign_on text UNIQUE;
ALTER TABLE accounts ADD COLUMN units text[] NOT NULL DEFAULT '{}';
ALTER TABLE accounts ADD COLUMN leads boolean NOT NULL DEFAULT false;
CREATE INDEX accounts_of_house ON accounts (subject) WHERE subject IS NOT NULL;

-- Who looks after one referral or case. Rules give the others; the clock stays with the house whoever it is.
CREATE TABLE assignments (
    about uuid NOT NULL PRIMARY KEY,
    house text NOT NULL,
    account uuid NOT NULL REFERENCES accounts,
    assigned_by uuid NOT NULL REFERENCES accounts,
    at timestamptz NOT NULL
);
CREATE INDEX assignments_of_account ON assignments (account);

-- "Of this unit, of that county or industry: hers." The first rule that fits, in order of place.
CREATE TABLE assignment_rules (
    rule uuid NOT NULL PRIMARY KEY,
    house text NOT NULL,
    place integer NOT NULL,
    unit text,
    county text,
    code text,
    account uuid NOT NULL REFERENCES accounts,
    made_by uuid NOT NULL REFERENCES accounts,
    at timestamptz NOT NULL
);
CREATE INDEX assignment_rules_of_house ON assignment_rules (house, place);

-- While somebody is away their work is somebody else's too.
CREATE TABLE stand_ins (
    stand_in uuid NOT NULL PRIMARY KEY,
    house text NOT NULL,
    away uuid NOT NULL REFERENCES accounts,
    instead uuid NOT NULL REFERENCES accounts CHECK (instead <> away),
    from_day date NOT NULL,
    to_day date NOT NULL CHECK (to_day >= from_day),
    made_by uuid NOT NULL REFERENCES accounts,
    at timestamptz NOT NULL
);
CREATE INDEX stand_ins_of_house ON stand_ins (house, to_day);

-- What people did here beside their acts: signing in, seeing a demand, taking a list away, changing an account. The
-- database itself refuses to change or take back a line.
CREATE TABLE records (
    record uuid NOT NULL PRIMARY KEY,
    at timestamptz NOT NULL,
    account uuid,
    login text NOT NULL,
    role text NOT NULL,
    house text,
    what text NOT NULL,
    demand uuid,
    detail text
);
CREATE INDEX records_of_demand ON records (demand, at) WHERE demand IS NOT NULL;
CREATE INDEX records_at ON records (at, record);
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the record of what people did is only added to';
END
$$;
CREATE TRIGGER records_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON records
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
