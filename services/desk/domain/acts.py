"""Which acts a state offers, the first one foremost. The owning context decides what is legal: this only offers."""

from __future__ import annotations

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
_AT_WORK = ("authority-resolves", "authority-plans", *_OTHERS)
AUTHORITY: dict[str, tuple[str, ...]] = {
    "opened": ("authority-signs", "authority-resolves", *_OTHERS),
    "signed": ("authority-plans", *_IN_TIME),
    "planned": ("authority-resolves", "authority-plans", *_IN_TIME[1:]),
    "parked": ("authority-resolves", "authority-plans", "authority-parks", *_OTHERS),
    "waiting": ("authority-resolves", "authority-refuses"),
    "overdue": ("authority-signs", *_AT_WORK),
}
QUESTIONS: dict[str, str] = {"raise": "authority-confirms-raise", "extension": "authority-agrees-extension"}
"""What is asked of the next level -> the act that answers it."""
OPEN_REFERRALS = tuple(BANK)
OPEN_CASES = tuple(AUTHORITY)
