-- Read model: what a case asks of the next level, until somebody has answered: a draft of a 督办, an extension.
CREATE TABLE questions (
    "case" uuid NOT NULL,
    what text NOT NULL,
    sequence bigint NOT NULL,
    household uuid NOT NULL,
    demand uuid NOT NULL,
    authority text NOT NULL,
    asked_of text,
    until date,
    reason text,
    at timestamptz NOT NULL,
    open boolean NOT NULL,
    PRIMARY KEY ("case", what)
) WITH (fillfactor = 70);
CREATE INDEX questions_open ON questions (authority, at) WHERE open;
CREATE INDEX questions_asked_of ON questions (asked_of, at) WHERE open;
