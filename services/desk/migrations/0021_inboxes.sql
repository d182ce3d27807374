-- What an overdue case still offers follows from how far it had come, and from what was asked once already.
ALTER TABLE cases ADD COLUMN reached text, ADD COLUMN extension_asked boolean NOT NULL DEFAULT false,
    ADD COLUMN household_asked boolean NOT NULL DEFAULT false;

-- What waits for the household is open too: without it in the index a page of an inbox would be sorted anew.
DROP INDEX cases_inbox;
CREATE INDEX cases_inbox ON cases (authority, due_at, "case")
WHERE state IN ('opened', 'signed', 'planned', 'parked', 'waiting', 'overdue');

-- How many of a branch stand in each state, counted from the index alone.
CREATE INDEX referrals_of_unit ON referrals (bank, unit, state)
WHERE state IN ('open', 'accepted', 'contacted', 'offered', 'chosen', 'granted');
