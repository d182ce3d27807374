"""What the codes of the campaign's pages are called."""

from __future__ import annotations

from services.desk.web.language import N_

CLOCK_STAGE = {
    "accept": N_("Accept"),
    "contact": N_("Reach the household"),
    "offer": N_("Make an offer"),
}
MEASURE = {
    "granted_yuan": N_("Credit granted, in money"),
    "drawn_yuan": N_("Money drawn, in money"),
    "granted_demands": N_("Credit granted, demands"),
    "drawn_demands": N_("Money drawn, demands"),
    "first_time_demands": N_("First-time borrowers with credit"),
    "visited_households": N_("Households visited"),
}
COMMITMENT = {
    "met": N_("Met"),
    "on_course": N_("On course"),
    "behind": N_("Behind"),
    "missed": N_("Missed"),
}
ACTIVITY = {"planned": N_("Planned"), "held": N_("Took place"), "called_off": N_("Called off")}
ACTIVITY_KIND = {
    "fair": N_("Fair of banks and households"),
    "lecture": N_("Policy lecture"),
    "street": N_("Round through a street or market"),
    "training": N_("Training"),
    "other": N_("Other"),
}
REPORTED = {
    "applications": N_("Applications"),
    "granted": N_("Credit granted"),
    "drawn": N_("Money drawn"),
    "first_time": N_("First-time borrowers"),
    "credit_only": N_("Credit without security"),
    "renewed": N_("Renewed without repaying first"),
    "balance": N_("Balance at the end of the month"),
    "overdue": N_("Overdue loans"),
}
REPORT_PROBLEM = {
    "unknown": N_("is not a line of this table; take the table away anew"),
    "twice": N_("stands there twice"),
    "not_whole": N_("needs whole numbers of zero or more, without a unit"),
    "empty": N_("has neither a number nor an amount"),
}
POLICY_STEP = {
    "policy_applied": N_("Applied for"),
    "policy_granted": N_("Granted"),
    "policy_paid": N_("Paid out"),
}
REACH = {
    "policy": N_("Policies that reached households"),
    "money": N_("Money that reached households"),
    "service": N_("Services that reached households"),
}
"""政策直达, 资金直达, 金融服务直达."""
WAY = {
    "qr": N_("QR code"),
    "web": N_("form on the website"),
    "partner": N_("partner's system"),
}
TABLES = {
    "way": WAY,
    "clock_stage": CLOCK_STAGE,
    "measure": MEASURE,
    "commitment": COMMITMENT,
    "activity": ACTIVITY,
    "activity_kind": ACTIVITY_KIND,
    "reported": REPORTED,
    "policy_step": POLICY_STEP,
    "reach": REACH,
}
