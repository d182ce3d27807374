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
_AT_WORK = ("authority-resolves", "authority-plans", "authority-transfers", "authority-refuses")
AUTHORITY: dict[str, tuple[str, ...]] = {
    "opened": ("authority-signs", "authority-resolves", "authority-transfers", "authority-refuses"),
    "signed": ("authority-plans", "authority-resolves", "authority-transfers", "authority-refuses"),
    "planned": _AT_WORK,
    "parked": _AT_WORK,
    "overdue": ("authority-signs", *_AT_WORK),
}
OPEN_REFERRALS = tuple(BANK)
OPEN_CASES = tuple(AUTHORITY)
