"""What roles, accounts, records and answers of the desk itself are called."""

from __future__ import annotations

from services.desk.web.language import N_

ROLE = {
    "bank": N_("Bank officer"),
    "authority": N_("Authority officer"),
    "campaign_office": N_("Campaign office"),
    "county_team": N_("County team"),
    "auditor": N_("Auditor"),
    "system_administrator": N_("System administrator"),
    "security_administrator": N_("Security administrator"),
    "audit_administrator": N_("Audit administrator"),
    "none": N_("No role yet"),
    "nobody": N_("Not signed in"),
}
ACCOUNT = {
    "active": N_("Active"),
    "waiting": N_("Waits for a role"),
    "locked": N_("Locked"),
    "disabled": N_("Disabled"),
}
RECORD = {
    "signed_in": N_("Signed in"),
    "sign_in_failed": N_("Sign-in failed"),
    "account_locked": N_("Account locked"),
    "signed_out": N_("Signed out"),
    "password_changed": N_("Password changed"),
    "saw_demand": N_("Saw a demand"),
    "opened_identity": N_("Went to see an identity"),
    "exported": N_("Took a list away"),
    "worklist_sent": N_("Took a worklist away"),
    "worklist_read": N_("Handed a worklist in"),
    "assigned": N_("Handed out work"),
    "people_changed": N_("Changed units, rules or stand-ins"),
    "account_made": N_("Made an account"),
    "password_renewed": N_("Gave a new password"),
    "account_disabled": N_("Disabled an account"),
    "role_granted": N_("Granted a role"),
}
"""What stands in the record of what people did."""
ANSWER = {
    "sent": N_("Sent"),
    "taken": N_("Done"),
    "refused": N_("Not taken"),
    "undelivered": N_("Not delivered"),
    "stale": N_("Has moved since"),
    "unknown": N_("Not in your house"),
}
