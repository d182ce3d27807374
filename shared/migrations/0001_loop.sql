-- What every service's loop keeps. Ids are time-first, so the journal's index grows at its end and old weeks can be dropped whole.
CREATE TABLE journal (
    id uuid NOT NULL PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    outcome text NOT NULL,
    decided_at timestamptz NOT NULL,
    release integer NOT NULL,
    revision bigint NOT NULL,
    counters bytea,
    outputs bytea
) PARTITION BY RANGE (id);
CREATE TABLE journal_default PARTITION OF journal DEFAULT;

-- The next offset to read of each partition, written in the transaction that took the batch.
CREATE TABLE offsets (
    topic text NOT NULL,
    partition integer NOT NULL,
    next bigint NOT NULL,
    PRIMARY KEY (topic, partition)
);

-- States, household first: a household's id is time-first, so that this index too grows at its end.
CREATE TABLE states (
    household uuid NOT NULL,
    subject uuid NOT NULL,
    kind text NOT NULL,
    revision bigint NOT NULL,
    label text NOT NULL,
    owner text,
    body bytea NOT NULL,
    PRIMARY KEY (household, subject, kind)
) WITH (fillfactor = 80);

-- A deadline is (subject, kind); `generation` is the cause that set it. Fired and still here means not yet handled.
CREATE TABLE deadlines (
    household uuid NOT NULL,
    subject uuid NOT NULL,
    kind text NOT NULL,
    generation uuid NOT NULL,
    due_at timestamptz NOT NULL,
    fired_at timestamptz,
    PRIMARY KEY (household, subject, kind)
) WITH (fillfactor = 80);
CREATE INDEX deadlines_open ON deadlines (due_at) WHERE fired_at IS NULL;

-- Outputs found on our own topics after an older backup was restored: causes that were decided before.
CREATE TABLE recovered (
    cause uuid NOT NULL,
    place integer NOT NULL,
    decided_at timestamptz NOT NULL,
    output bytea NOT NULL,
    PRIMARY KEY (cause, place)
);
