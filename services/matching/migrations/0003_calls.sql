-- Calls to the demands that wait: written with what changed, done by whichever member is first. `kind` and `name`: a
-- release and its number, `days` and the days since which windows may have turned, a limit's unit and version.
CREATE TABLE calls (
    kind text NOT NULL,
    name text NOT NULL,
    asked_at timestamptz NOT NULL,
    done_at timestamptz,
    demands bigint,
    PRIMARY KEY (kind, name)
);
CREATE INDEX calls_open ON calls (asked_at) WHERE done_at IS NULL;
