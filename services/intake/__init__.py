"""Intake (受理): owns what comes through the gate; reads doors, referrals, cases; writes demands, households, acts."""
