-- What was said of counties: agendas, decisions, common issues, wanted policies, accounts at close of business.
-- A set keyed by event id, as the timeline is, and the whole data of each: the pages put them together, so that any
-- order of arrival shows the same.
CREATE TABLE county_words (
    county text NOT NULL,
    event uuid NOT NULL,
    at timestamptz NOT NULL,
    type text NOT NULL,
    about uuid,
    told jsonb NOT NULL,
    PRIMARY KEY (county, event)
);
CREATE INDEX county_words_by_type ON county_words (type, at);
CREATE INDEX county_words_about ON county_words (about) WHERE about IS NOT NULL;
