"""Escalation owns cases (会办事项); reads households, demands, actions, referrals and clock; writes cases."""
