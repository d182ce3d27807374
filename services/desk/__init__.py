"""Owns the pages, the read model and the accounts; reads every inner topic; writes none: acts go through the gate."""
