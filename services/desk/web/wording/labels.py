"""What the codes of the wire are called. A code that is missing here is shown as it is, so nothing is ever hidden."""

from __future__ import annotations

from services.desk.web.campaign.labels import TABLES as OF_THE_CAMPAIGN
from services.desk.web.language import N_
from services.desk.web.wording.event_labels import EVENT
from services.desk.web.wording.office_labels import ACCOUNT, ANSWER, RECORD, ROLE
from services.desk.web.wording.telling_labels import AUDIENCE, CALL, CHANNEL, DELIVERY, FAILURE

INTAKE = {"open": N_("Open"), "withdrawn": N_("Withdrawn"), "merged": N_("Merged"), "erased": N_("Erased")}
DOCKING = {
    "referred": N_("With banks"),
    "consent_wanted": N_("Waiting for consent"),
    "offered": N_("Offer made"),
    "chosen": N_("Offer chosen"),
    "granted": N_("Credit granted"),
    "obstructed": N_("Obstructed"),
    "standing": N_("Standing match"),
    "dormant": N_("Dormant"),
    "funded": N_("Money drawn"),
    "closed": N_("Closed"),
}
REFERRAL = {
    "open": N_("To be accepted"),
    "accepted": N_("Accepted"),
    "contacted": N_("Contacted"),
    "offered": N_("Offer made"),
    "chosen": N_("Offer chosen"),
    "granted": N_("Credit granted"),
    "declined": N_("Declined"),
    "lapsed": N_("Lapsed"),
    "recalled": N_("Recalled"),
    "not_chosen": N_("Not chosen"),
}
CASE = {
    "guided": N_("Household acts"),
    "filed": N_("Filed"),
    "opened": N_("To be signed"),
    "signed": N_("Signed"),
    "planned": N_("In progress"),
    "parked": N_("Parked"),
    "waiting": N_("Waiting for the household"),
    "overdue": N_("Overdue"),
    "cleared": N_("Cleared"),
    "refused": N_("Cannot be removed"),
    "withdrawn": N_("Called back"),
}
STAGE = {
    "visited": N_("Visits"),
    "asked": N_("Demands sent in"),
    "demanded": N_("Demands accepted"),
    "referred": N_("Referred to banks"),
    "accepted": N_("Accepted by a bank"),
    "contacted": N_("Contacted"),
    "offered": N_("Offered"),
    "chosen": N_("Offer chosen"),
    "granted": N_("Credit granted"),
    "disbursed": N_("Money drawn"),
}
ACT = {
    "bank-accepts": N_("Accept"),
    "bank-tried-contact": N_("Contact"),
    "bank-offers": N_("Offer"),
    "bank-declines": N_("Decline"),
    "bank-grants": N_("Grant"),
    "bank-disburses": N_("Record drawdown"),
    "authority-signs": N_("Sign"),
    "authority-plans": N_("Promise a date"),
    "authority-asks-household": N_("Ask the household"),
    "authority-asks-extension": N_("Ask for more time"),
    "authority-parks": N_("Park"),
    "authority-confirms-raise": N_("Supervision letter"),
    "authority-agrees-extension": N_("Extension"),
    "authority-resolves": N_("Resolve"),
    "authority-transfers": N_("Transfer"),
    "authority-refuses": N_("Cannot be removed"),
    "consultation-decides": N_("Decide"),
    "consultation-closes": N_("Close the session"),
}
VERDICT = {
    "assign": N_("Assign"),
    "clear": N_("Waive: the obstacle is gone"),
    "park": N_("Park"),
    "policy": N_("Ask for a policy"),
    "cannot_be_removed": N_("Cannot be removed"),
}
OP = {
    "at_least": N_("at least"),
    "at_most": N_("at most"),
    "in": N_("one of"),
    "not_in": N_("none of"),
    "any_of": N_("any of"),
    "is": N_("is"),
}
ISSUE = {
    "common-issue-formed": N_("common issue"),
    "policy-wanted": N_("policy asked for"),
    "solved": N_("solved"),
    "dissolved": N_("became rare"),
    "policy_issued": N_("policy issued"),
}
AGENDA = {
    "breached": N_("past its time twice"),
    "exhausted": N_("all rounds with banks are over"),
    "common": N_("common issue"),
}
"""Why an item stands on the agenda of a joint consultation."""
SESSION = {"held": N_("Sitting"), "closed": N_("Closed")}
PROOF = {
    "register": N_("A register's fact"),
    "number": N_("A number"),
    "document": N_("A paper"),
}
QUESTION = {"raise": N_("Supervision letter"), "extension": N_("Extension")}
CONTACT = {
    "reached": N_("Reached"),
    "not_reached": N_("Not reached"),
    "wrong_number": N_("Wrong number"),
    "no_real_demand": N_("No real demand"),
    "already_customer": N_("Already our customer"),
    "wrong_branch": N_("Wrong branch"),
}
OUTCOME = CONTACT | {
    "confirmed": N_("The household has been in contact"),
    "denied": N_("The household has not been in contact"),
    "demand": N_("Has a demand"),
    "no_demand": N_("Has no demand"),
    "not_found": N_("Not found"),
    "closed_down": N_("Closed down"),
    "refused": N_("Did not want a visit"),
    "used": N_("What it says is known now"),
    "unusable": N_("It cannot be used"),
}
"""How a contact or a visit ended, as the timeline says it: more than a bank may say."""
ASSURANCE = {
    "self": N_("the household's word"),
    "partner": N_("a partner's word"),
    "register": N_("a register"),
}
RELATION = {"same_operator": N_("another shop of the same operator"), "became_company": N_("became a company")}
CAUSE = EVENT | {"clock.notify-deadline-passed": N_("Notices of the night, told together")}
"""What somebody was told about: an event, or several at once in the morning."""
OWNER = {
    "bank": N_("Bank"),
    "household": N_("Household"),
    "authority": N_("Authority"),
    "campaign_office": N_("Campaign office"),
    "county_team": N_("County team"),
}
LEVEL = {"county": N_("County"), "city": N_("City"), "province": N_("Province")}
COST = {
    "rate": N_("Interest"),
    "subsidy": N_("Subsidy"),
    "guarantee_fee": N_("Guarantee fee"),
    "fee_waiver": N_("Fee waiver"),
}
REMEDY = {
    "supply": N_("Tell us"),
    "adjust": N_("Change the request"),
    "clear": N_("Remove the obstacle"),
    "wait": N_("Wait"),
}
ACTS = {
    "household": N_("the household acts"),
    "authority": N_("the authority acts"),
    "both": N_("household and authority act"),
    "time": N_("time does it"),
}
REASON = {
    "authority_acts": N_("the authority has to act"),
    "time_has_run": N_("the usual time has run"),
    "help_asked": N_("help was asked for"),
    "decided": N_("decided by the consultation"),
    "withdrawn": N_("withdrawn"),
    "demand_withdrawn": N_("withdrawn"),
    "consent_revoked": N_("consent revoked"),
    "consent_expired": N_("consent expired"),
    "erased": N_("data erased"),
    "unit_full": N_("unit full"),
    "not_reached": N_("the household could not be reached"),
    "funded_elsewhere": N_("another offer was chosen"),
    "adjusted": N_("the demand was adjusted"),
    "funded": N_("funded"),
    "no_remedy": N_("nothing helps"),
    "merged": N_("merged"),
    "dormant": N_("no answer from the household"),
    "no_longer_needed": N_("no longer needed"),
}
"""Reasons that are codes; where a person has written one, it is shown as written."""
EVIDENCE = {
    "licence": N_("business licence"),
    "loan_contract": N_("loan contract"),
    "use_of_funds": N_("proof of use"),
    "credit_report": N_("credit report"),
    "guarantee_letter": N_("guarantee letter"),
    "listing": N_("listing"),
    "recognition": N_("recognition"),
    "renewal_application": N_("application for renewal"),
    "settlement_account": N_("settlement account"),
    "premises": N_("proof of the right to use the premises"),
    "lease": N_("lease"),
    "food_permit": N_("permit of the trade, for example food"),
    "flow": N_("turnover: account or payment records"),
    "paper": N_("something else"),
}
CRITERION = {
    "passed": N_("holds"),
    "failed": N_("does not hold"),
    "unknown": N_("not known"),
    "unverified": N_("known only by the household's word"),
}
KIND = {"loan": N_("New loan"), "renewal": N_("Renewal"), "service": N_("Account and payment service")}
SECTION = {
    "A": N_("Agriculture"),
    "B": N_("Mining"),
    "C": N_("Manufacturing"),
    "D": N_("Energy and water"),
    "E": N_("Construction"),
    "F": N_("Wholesale and retail"),
    "G": N_("Transport and storage"),
    "H": N_("Lodging and catering"),
    "I": N_("Information technology"),
    "J": N_("Finance"),
    "K": N_("Real estate"),
    "L": N_("Leasing and business services"),
    "M": N_("Research and technical services"),
    "N": N_("Environment"),
    "O": N_("Resident services and repair"),
    "P": N_("Education"),
    "Q": N_("Health and social work"),
    "R": N_("Culture and sport"),
    "S": N_("Public administration"),
    "T": N_("International organisations"),
}
TABLES = {
    "intake": INTAKE,
    "docking": DOCKING,
    "standing": INTAKE | DOCKING,
    "referral": REFERRAL,
    "case": CASE,
    "stage": STAGE,
    "act": ACT,
    "contact": CONTACT,
    "outcome": OUTCOME,
    "assurance": ASSURANCE,
    "relation": RELATION,
    "cause": CAUSE,
    "question": QUESTION,
    "event": EVENT,
    "answer": ANSWER,
    "owner": OWNER,
    "role": ROLE,
    "account": ACCOUNT,
    "record": RECORD,
    "audience": AUDIENCE,
    "delivery": DELIVERY,
    "channel": CHANNEL,
    "call": CALL,
    "failure": FAILURE,
    "level": LEVEL,
    "cost": COST,
    "remedy": REMEDY,
    "acts": ACTS,
    "reason": ISSUE | REASON,
    "evidence": EVIDENCE,
    "proof": PROOF,
    "criterion": CRITERION,
    "kind": KIND,
    "section": SECTION,
    "verdict": VERDICT,
    "agenda": AGENDA,
    "session": SESSION,
    **OF_THE_CAMPAIGN,
    "issue": ISSUE,
    "op": OP,
}
