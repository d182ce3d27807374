-- What waits for a word: calls to be made and messages whose end is unknown, the longest waiting first; and what was
-- given up. Both are few beside all that was told.
CREATE INDEX deliveries_unsettled ON deliveries (outcome, (channel = 'call_list'), at, delivery)
WHERE outcome IN ('held', 'failed');
CREATE INDEX deliveries_unsettled_by_id ON deliveries (delivery) WHERE outcome IN ('held', 'failed');
