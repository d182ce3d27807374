-- Whose an item is follows from its unit, its product or obstacle, and its county: all of them stand in its own row,
-- the county as far as the house may know it. Before a bank has accepted that is no more than the card tells.
ALTER TABLE referrals ADD COLUMN known_county text;
ALTER TABLE cases ADD COLUMN known_county text;
-- No counter counts by it: rows that are told only this are not counted anew.
ALTER TABLE referrals DISABLE TRIGGER USER;
ALTER TABLE cases DISABLE TRIGGER USER;
UPDATE referrals AS r SET known_county = CASE
    WHEN r.state NOT IN ('accepted', 'contacted', 'offered', 'chosen', 'granted')
        AND convert_from(r.body, 'UTF8')::jsonb ? 'card' THEN convert_from(r.body, 'UTF8')::jsonb #>> '{card,county}'
    ELSE d.county END
FROM demands AS d WHERE (d.household, d.demand) = (r.household, r.demand);
UPDATE cases SET known_county = d.county
FROM demands AS d WHERE (d.household, d.demand) = (cases.household, cases.demand);
ALTER TABLE referrals ENABLE TRIGGER USER;
ALTER TABLE cases ENABLE TRIGGER USER;

-- An inbox is listed in the order of its index and counted from it, and both ask whose an item is without its row.
DROP INDEX referrals_inbox;
DROP INDEX referrals_of_unit;
DROP INDEX cases_inbox;
CREATE INDEX referrals_inbox ON referrals (bank, due_at, referral) INCLUDE (state, unit, product, known_county)
WHERE state IN ('open', 'accepted', 'contacted', 'offered', 'chosen', 'granted');
CREATE INDEX cases_inbox ON cases (authority, due_at, "case") INCLUDE (state, unit, obstacle, known_county)
WHERE state IN ('opened', 'signed', 'planned', 'parked', 'waiting', 'overdue');
CREATE INDEX assignments_of_house ON assignments (house);
