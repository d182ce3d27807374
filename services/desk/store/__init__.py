"""All SQL of the desk: the projection, what the pages ask, accounts, and what officers have sent."""
