-- The read model: everything here can be made again from the topics. What may not be lost is in 0002.
--
-- One row per demand, a column group per context. A group is replaced only by a higher sequence of its context, so
-- that any order of arrival gives the same rows. The household comes first in every key: its id is time-first, and a
-- demand's timeline, referrals and cases lie beside each other.
CREATE TABLE demands (
    household uuid NOT NULL,
    demand uuid NOT NULL,
    -- intake
    intake_sequence bigint,
    state text,
    kind text,
    purpose text,
    county text,
    industry text,
    amount_yuan bigint,
    term_months integer,
    partner text,
    source_id text,
    received_at timestamptz,
    simulated boolean,
    summary bytea,
    -- matching
    matching_sequence bigint,
    docking text,
    round integer,
    owner text,
    due_at timestamptz,
    granted_yuan bigint,
    disbursed_yuan bigint,
    remedies bytea,
    -- escalation
    escalation_sequence bigint,
    open_cases integer,
    PRIMARY KEY (household, demand)
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX demands_by_id ON demands (demand);
CREATE INDEX demands_by_source_id ON demands (source_id);
CREATE INDEX demands_by_docking ON demands (docking, household, demand);
CREATE INDEX demands_by_county ON demands (county, household, demand);

-- How far a demand has ever come, and what it asked for then. Its own table, so that the wide row is written once.
CREATE TABLE progress (
    household uuid NOT NULL,
    demand uuid NOT NULL,
    stage smallint NOT NULL,
    sequence bigint NOT NULL,
    amount_yuan bigint NOT NULL,
    PRIMARY KEY (household, demand)
) WITH (fillfactor = 70);

CREATE TABLE referrals (
    referral uuid NOT NULL PRIMARY KEY,
    household uuid NOT NULL,
    demand uuid NOT NULL,
    bank text NOT NULL,
    unit text NOT NULL,
    product text NOT NULL,
    round integer NOT NULL,
    state text NOT NULL,
    due_at timestamptz,
    cost_bp integer,
    body bytea NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX referrals_of_demand ON referrals (household, demand);
CREATE INDEX referrals_of_bank ON referrals (bank, household, demand);
CREATE INDEX referrals_inbox ON referrals (bank, due_at, referral)
WHERE state IN ('open', 'accepted', 'contacted', 'offered', 'chosen', 'granted');
CREATE INDEX referrals_done ON referrals (bank, referral)
WHERE state IN ('declined', 'lapsed', 'recalled', 'not_chosen');

CREATE TABLE cases (
    "case" uuid NOT NULL PRIMARY KEY,
    household uuid NOT NULL,
    demand uuid NOT NULL,
    obstacle text NOT NULL,
    matter uuid NOT NULL,
    authority text NOT NULL,
    unit text,
    level text NOT NULL,
    state text NOT NULL,
    due_at timestamptz,
    promised_on date,
    transfers integer NOT NULL,
    raised integer NOT NULL,
    extended boolean NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX cases_of_demand ON cases (household, demand);
CREATE INDEX cases_of_authority ON cases (authority, household, demand) WHERE state NOT IN ('guided', 'filed');
CREATE INDEX cases_inbox ON cases (authority, due_at, "case")
WHERE state IN ('opened', 'signed', 'planned', 'parked', 'overdue');
CREATE INDEX cases_done ON cases (authority, "case") WHERE state IN ('cleared', 'refused', 'withdrawn');

-- What happened: a set keyed by event id. `about` is the referral or case, `cause` the event that brought it about,
-- `trace` of a claim the act that an officer sent.
CREATE TABLE timeline (
    household uuid NOT NULL,
    event uuid NOT NULL,
    demand uuid,
    at timestamptz NOT NULL,
    type text NOT NULL,
    actor text NOT NULL,
    about uuid,
    cause uuid,
    trace uuid,
    params bytea,
    PRIMARY KEY (household, event)
);
CREATE INDEX timeline_latest ON timeline (at);

-- Who was told: one row per delivery, replaced by a later attempt or a surer end.
CREATE TABLE deliveries (
    household uuid NOT NULL,
    delivery uuid NOT NULL,
    demand uuid NOT NULL,
    cause_type text NOT NULL,
    audience text NOT NULL,
    recipient text NOT NULL,
    channel text NOT NULL,
    at timestamptz NOT NULL,
    attempt integer NOT NULL,
    certainty smallint NOT NULL,
    outcome text NOT NULL,
    reason text,
    PRIMARY KEY (household, delivery)
);

CREATE TABLE households (
    household uuid NOT NULL PRIMARY KEY,
    sequence bigint NOT NULL,
    consent_version text,
    consent_until date,
    bank_limit integer NOT NULL,
    contact_confirmed boolean NOT NULL,
    erased boolean NOT NULL
);

-- The number of a demand that was merged into another leads to the survivor.
CREATE TABLE aliases (
    alias uuid NOT NULL PRIMARY KEY,
    household uuid NOT NULL,
    demand uuid NOT NULL,
    partner text NOT NULL,
    source_id text NOT NULL
);
CREATE INDEX aliases_by_source_id ON aliases (source_id);

-- What the gate refused: demands, and anything else that was said.
CREATE TABLE refusals (
    event uuid NOT NULL PRIMARY KEY,
    at timestamptz NOT NULL,
    demand uuid,
    partner text NOT NULL,
    said text NOT NULL,
    source_id text,
    problems bytea NOT NULL
);
CREATE INDEX refusals_by_source_id ON refusals (source_id);

-- Dead letters of any service: the demand is held until an operator has looked.
CREATE TABLE letters (
    letter uuid NOT NULL PRIMARY KEY,
    at timestamptz NOT NULL,
    service text NOT NULL,
    origin text NOT NULL,
    reason text NOT NULL,
    demand uuid
);
CREATE INDEX letters_of_demand ON letters (demand) WHERE demand IS NOT NULL;

CREATE TABLE capacity (
    bank text NOT NULL,
    unit text NOT NULL,
    version bigint NOT NULL,
    open_limit integer NOT NULL,
    quota_yuan bigint,
    PRIMARY KEY (bank, unit)
);

-- Rolled-up counters: always what a GROUP BY over the tables would give, because the database itself adds what a
-- statement changed. Four shards, so that members of the group do not wait for one another's hot rows.
CREATE TABLE counters (
    name text NOT NULL,
    subject text NOT NULL,
    label text NOT NULL,
    shard smallint NOT NULL,
    n bigint NOT NULL,
    yuan bigint NOT NULL,
    PRIMARY KEY (name, subject, label, shard)
) WITH (fillfactor = 50);

-- One function for all tables: its argument says what a row counts as, (name, subject, label, yuan) of "row".
CREATE FUNCTION count_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed text := 'SELECT 1 AS sign, * FROM after';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        changed := changed || ' UNION ALL SELECT -1 AS sign, * FROM before';
    END IF;
    EXECUTE format(
        'INSERT INTO counters AS kept (name, subject, label, shard, n, yuan)
         SELECT name, subject, label, pg_backend_pid() %% 4, sum(sign), coalesce(sum(sign * yuan), 0)
         FROM (%s) AS "row", LATERAL (VALUES %s) AS counted (name, subject, label, yuan)
         WHERE label IS NOT NULL
         GROUP BY name, subject, label
         HAVING sum(sign) <> 0 OR coalesce(sum(sign * yuan), 0) <> 0
         ORDER BY name, subject, label
         ON CONFLICT (name, subject, label, shard)
         DO UPDATE SET n = kept.n + excluded.n, yuan = kept.yuan + excluded.yuan',
        changed, TG_ARGV[0]);
    RETURN NULL;
END
$$;

-- A trigger with transition tables is for one kind of statement only, hence two of each.
CREATE FUNCTION count_by(target text, counted text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER count_new AFTER INSERT ON %I REFERENCING NEW TABLE AS after
                    FOR EACH STATEMENT EXECUTE FUNCTION count_rows(%L)', target, counted);
    EXECUTE format('CREATE TRIGGER count_changed AFTER UPDATE ON %I REFERENCING OLD TABLE AS before NEW TABLE AS after
                    FOR EACH STATEMENT EXECUTE FUNCTION count_rows(%L)', target, counted);
END
$$;

SELECT count_by('demands', $$
    ('intake', '', "row".state, "row".amount_yuan),
    ('docking', '', "row".docking, "row".amount_yuan),
    ('granted', '', CASE WHEN "row".granted_yuan > 0 THEN 'yuan' END, "row".granted_yuan),
    ('disbursed', '', CASE WHEN "row".disbursed_yuan > 0 THEN 'yuan' END, "row".disbursed_yuan),
    ('simulated', '', CASE WHEN "row".simulated THEN 'yes' END, 0)
$$);
SELECT count_by('progress', $$('stage', '', "row".stage::text, "row".amount_yuan)$$);
SELECT count_by('referrals', $$('referral', "row".bank, "row".state, 0)$$);
SELECT count_by('cases', $$('case', "row".authority, "row".state, 0)$$);
SELECT count_by('deliveries', $$('delivery', "row".audience, "row".outcome, 0)$$);
SELECT count_by('timeline', $$('event', '', "row".type, 0)$$);
SELECT count_by('letters', $$('letter', "row".service, "row".reason, 0)$$);
DROP FUNCTION count_by;
