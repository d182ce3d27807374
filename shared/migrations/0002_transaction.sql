-- Which transaction wrote a row of the journal: the books ask for what is new since they last balanced. Its number costs
-- the insert nothing that can be measured, and neither does an index that keeps one range for every 32 pages.
ALTER TABLE journal ADD COLUMN transaction bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint;
CREATE INDEX journal_transaction ON journal USING brin (transaction) WITH (pages_per_range = 32);
