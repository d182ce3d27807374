"""Which acts a state offers, the first one foremost. The owning context decides what is legal: this only offers."""

from __future__ import annotations

from datetime import datetime

BANK: dict[str, tuple[str, ...]] = {
    "open": ("bank-accepts", "bank-declines"),
    "accepted": ("bank-tried-contact", "bank-offers", "bank-declines"),
    "contacted": ("bank-offers", "bank-tried-contact", "bank-declines"),
    "offered": ("bank-declines",),
    "chosen": ("bank-grants", "bank-declines"),
    "granted": ("bank-disburses",),
}
_OTHERS = ("authority-transfers", "authority-refuses")
_IN_TIME = ("authority-resolves", "authority-asks-household", "authority-asks-extension", "authority-parks", *_OTHERS)
AUTHORITY: dict[str, tuple[str, ...]] = {
    "opened": ("authority-signs", "authority-resolves", *_OTHERS),
    "signed": ("authority-plans", *_IN_TIME),
    "planned": ("authority-resolves", "authority-plans", *_IN_TIME[1:]),
    "parked": ("authority-resolves", "authority-plans", "authority-parks", *_OTHERS),
    "waiting": ("authority-resolves", "authority-refuses"),
    "overdue": ("authority-resolves", *_OTHERS),
}
"""All that a state may offer; `of_case` leaves out what this case cannot have."""
QUESTIONS: dict[str, str] = {"raise": "authority-confirms-raise", "extension": "authority-agrees-extension"}
"""What is asked of the next level -> the act that answers it."""
OPEN_REFERRALS = tuple(BANK)
OPEN_CASES = tuple(AUTHORITY)


def of_referral(state: str, due_at: datetime | None, now: datetime) -> tuple[str, ...]:
    """What one referral offers. When its time is over, nothing: matching takes no claim of a bank that came later,
    whether or not its clock has ended the referral yet."""
    return () if due_at is not None and due_at < now else BANK.get(state, ())


def of_case(state: str, reached: str | None, extension_asked: bool, household_asked: bool) -> tuple[str, ...]:
    """What one case offers. Overdue, it offers what it did in time: it is signed once, and only once may the household
    or the next level be asked. What is parked is parked again only when its review date has passed."""
    overdue = state == "overdue"
    without = {
        "authority-asks-household": overdue or household_asked,
        "authority-asks-extension": extension_asked,
        "authority-parks": state == "parked",
    }
    return tuple(act for act in AUTHORITY.get(reached or state, ()) if not without.get(act))
