"""What a household reads: no word of the trade, nothing promised that a bank has not said."""

from __future__ import annotations

from services.desk.web.language import N_

AWAY = N_("We cannot take it just now. Nothing was sent: please press the button again in a minute.")

SENTENCES = {
    "unconfirmed": N_("We have your application. Confirm it with the code that we sent to your telephone."),
    "unconsented": N_("Without your consent no bank sees your application."),
    "received": N_("We have your application and are looking for banks whose conditions it meets."),
    "referred": N_("Your application meets the conditions of banks as you stated it. They have it and will answer."),
    "accepted": N_("A bank has taken your application up and will contact you."),
    "contact_asked": N_("A bank could not reach you. Tell it whether you have spoken with each other."),
    "consent_wanted": N_("A bank fits that your consent does not name. It sees your application only if you agree."),
    "offered": N_("You have an offer. Compare, and choose the one that you want."),
    "chosen": N_("You have chosen a bank. It is finishing the loan with you."),
    "granted": N_("The bank has granted the loan. You can draw the money."),
    "asked": N_("A few answers are missing. With them we look for banks at once: see the questions below."),
    "obstructed_you": N_("Something stands in the way that you can help to remove: see your next step below."),
    "obstructed_office": N_("Something stands in the way. The office that can remove it has it, with a date."),
    "standing": N_("No product fits today. We look again when something changes, and tell you."),
    "dormant": N_("Your application is asleep. One press wakes it."),
    "funded": N_("The money has been paid out. This application has reached its end."),
    "closed": N_("This application has ended."),
    "withdrawn": N_("You have withdrawn this application. You can take it up again."),
    "erased": N_("All that could lead to you has been erased."),
}
"""By domain/household.py's key."""

TURNS = {
    "you": N_("It is your turn."),
    "bank": N_("It is the bank's turn."),
    "authority": N_("It is the office's turn."),
    "office": N_("It is our turn."),
    "nobody": N_("Nobody has to do anything now."),
}

FIELDS = {
    "contact_name": N_("your name"),
    "shop_name": N_("your shop's name"),
    "phone": N_("your telephone"),
    "email": N_("your e-mail address"),
    "wechat": N_("your WeChat"),
    "id_number": N_("your id number"),
    "credit_code": N_("your credit code"),
    "registration_number": N_("your registration number"),
    "preregistration_number": N_("your pre-registration number"),
    "address": N_("your address"),
    "files": N_("photos and papers"),
}
"""What somebody has seen, by the field of the identity."""

DONE = {
    "choose": N_("Your choice has been passed on."),
    "switch": N_("We look for another bank for you."),
    "withdraw": N_("Your application is withdrawn."),
    "revive": N_("Your application goes on."),
    "supply": N_("Thank you. We look again with what you have told us."),
    "paper": N_("Your photo has arrived and is kept sealed. Below stands who may read it, and what becomes of it."),
    "filed": N_("Thank you. The office has its usual days now, and then we ask it."),
    "help": N_("The office is asked to do it together with you."),
    "answer": N_("Your answer has been passed on."),
    "agree": N_("Thank you. That bank may see your application now."),
    "contact": N_("Thank you for telling us."),
    "revoke": N_("Your consent is revoked. No bank gets anything any more."),
    "rate": N_("Thank you for your mark."),
    "erase": N_("All that could lead to you is being erased."),
}
"""What has become of an act, by its name in the address."""
