"""Matching owns the docking (对接) of demands with banks: reads the gate, escalation and time, writes referrals."""
