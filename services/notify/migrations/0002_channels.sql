-- The channels that are tried when one gives up, the nearest first; and how often an attempt has ended a delivery, which
-- an operator may have sent again: the books compare it with what was said of them.
ALTER TABLE deliveries ADD COLUMN "then" text NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN endings integer NOT NULL DEFAULT 0;
UPDATE deliveries SET endings = 1 WHERE channel IN ('webhook', 'email') AND state <> 'pending';

-- Order: what one recipient hears of one demand, it hears in the order in which it happened.
CREATE INDEX deliveries_in_order ON deliveries (lane, demand, id) WHERE state = 'pending';
CREATE INDEX deliveries_collected ON deliveries (household) WHERE channel = 'digest' AND state = 'pending';
-- What a partner fetches: its own notices in the order in which they were written.
ALTER TABLE deliveries ADD COLUMN written_in bigint NOT NULL DEFAULT 0;
ALTER TABLE deliveries ALTER COLUMN written_in SET DEFAULT pg_current_xact_id()::text::bigint;
CREATE INDEX deliveries_fed ON deliveries (recipient, written_in, id) WHERE channel IN ('feed', 'webhook');
