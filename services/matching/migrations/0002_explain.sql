-- A demand by its id alone, as who asks why about it names it. Rows keep their id: an update leaves this index as it is.
CREATE INDEX states_demand ON states (subject) WHERE kind = 'demand';
