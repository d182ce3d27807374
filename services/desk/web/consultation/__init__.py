"""The joint consultation (联合会诊) of a county: its agendas, and the decision on each item."""
