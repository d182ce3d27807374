"""What a household is told of its own demand: where it stands, whose turn it is, by when; and what an offer costs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

WITH_BANKS = frozenset({"open", "accepted", "contacted"})
ENDED = frozenset({"withdrawn", "erased"})
OFFERS = frozenset({"offered", "chosen", "granted"})


@dataclass(frozen=True, slots=True)
class Seen:
    """What the desk knows of a demand; `owner` is `bank:…`, `household:…`, `authority:…` or another. `asked`: answers
    are all that it owes."""

    state: str | None
    docking: str | None
    owner: str | None
    due_at: datetime | None
    referrals: Sequence[str] = ()
    consented: bool = True
    confirmed: bool = True
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Where:
    """One sentence (by its key), whose turn it is (you, bank, authority, office, nobody), and until when."""

    sentence: str
    turn: str
    until: datetime | None = None


_OF_DOCKING = {
    "consent_wanted": ("consent_wanted", "you"),
    "offered": ("offered", "you"),
    "chosen": ("chosen", "bank"),
    "granted": ("granted", "bank"),
    "standing": ("standing", "nobody"),
    "dormant": ("dormant", "you"),
    "funded": ("funded", "nobody"),
    "closed": ("closed", "nobody"),
}
_TURNS = {"household": "you", "bank": "bank", "authority": "authority", "county_team": "authority"}


def where(seen: Seen) -> Where:
    """The plain answer to "what has become of it?"."""
    if seen.state in ENDED:
        return Where(str(seen.state), "you" if seen.state == "withdrawn" else "nobody")
    if not seen.consented:
        return Where("unconsented" if seen.confirmed else "unconfirmed", "you")
    if seen.docking is None:
        return Where("received", "office")
    return Where(*_at_work(seen.docking, seen), seen.due_at)


def _at_work(docking: str, seen: Seen) -> tuple[str, str]:
    if docking == "referred":
        if (seen.owner or "").startswith("household:"):
            return "contact_asked", "you"
        known = any(each in ("accepted", "contacted") for each in seen.referrals)
        return "accepted" if known else "referred", "bank"
    if docking == "obstructed":
        turn = _TURNS.get((seen.owner or "").partition(":")[0], "office")
        if turn == "you" and seen.asked:
            return "asked", turn
        return f"obstructed_{'you' if turn == 'you' else 'office'}", turn
    return _OF_DOCKING[docking]


@dataclass(frozen=True, slots=True)
class Cost:
    """An offer in yuan: each month, in all, and beside the amount itself; `estimated` where the bank did not say."""

    instalment_yuan: int
    total_yuan: int
    interest_yuan: int
    estimated: bool


VAIN = frozenset({"not_reached", "wrong_number", "no_real_demand"})


@dataclass(frozen=True, slots=True)
class Contact:
    """A bank that says how its call ended: what the household may say to that."""

    referral: UUID
    bank: str
    may_confirm: bool
    may_deny: bool


def contact_of(referral: UUID, bank: str, state: str, outcomes: Sequence[str]) -> Contact | None:
    """`outcomes`: those of the bank's calls, latest first. A call in vain is asked about, and so is one that the bank
    says it has had; before it has called there is nothing to say."""
    if state not in ("accepted", "contacted") or not outcomes:
        return None
    vain = outcomes[0] in VAIN
    return Contact(referral, bank, vain or state == "accepted", vain or state == "contacted")


@dataclass(frozen=True, slots=True)
class Paper:
    """A kind of paper that can be sent as a photo, and whether somebody waits for it."""

    kind: str
    wanted: bool


def cost_of(amount_yuan: int, term_months: int, rate_bp: int, instalment_yuan: int | None) -> Cost:
    """Equal monthly instalments (等额本息), rounded up; what the bank said itself goes before what is computed."""
    monthly = rate_bp / 120_000
    if instalment_yuan is None:
        exact = amount_yuan / term_months
        if monthly:
            growth = (1 + monthly) ** term_months
            exact = amount_yuan * monthly * growth / (growth - 1)
        each = -int(-exact // 1)
    else:
        each = instalment_yuan
    total = max(each * term_months, amount_yuan)
    return Cost(each, total, total - amount_yuan, instalment_yuan is None)


def acts_allowed(seen: Seen, offers: Collection[str]) -> frozenset[str]:
    """What its own page lets a household do now."""
    if seen.state == "erased":
        return frozenset()
    allowed = {"erase", "rate"}
    if seen.state == "withdrawn" or seen.docking == "dormant":
        allowed |= {"revive"}
    if seen.state == "open" and seen.docking not in ("funded", "closed"):
        allowed |= {"withdraw", "supply", "paper"}
    if "offered" in offers and seen.docking == "offered":
        allowed |= {"choose"}
    if "chosen" in offers:
        allowed |= {"switch"}
    if seen.consented:
        allowed |= {"revoke"}
    return frozenset(allowed)
