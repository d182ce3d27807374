"""The catalogue as the decisions see it: plain, immutable, every region already cut to the stem its places share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

UNBOUNDED = 2**53
FactValue = bool | int | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FactRule:
    """How a fact is declared: its type, and what its failure calls for (supply, adjust, clear, wait, final).

    `obstacle_by_value` comes before `obstacle`: a lapsed licence is removed in another way than a missing one.
    """

    name: str
    type: str
    failure: str
    unit: str = "none"
    values: tuple[str, ...] = ()
    window_months: int | None = None
    obstacle: str | None = None
    obstacle_by_value: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One rule over one fact. `verified`: when the fact must be surer than the household's own word."""

    fact: str
    op: str
    value: FactValue
    verified: str = "no"


@dataclass(frozen=True, slots=True)
class Clocks:
    """A bank's clocks, in working days."""

    accept: int = 1
    contact: int = 3
    decide: int = 5


@dataclass(frozen=True, slots=True)
class Product:
    """信贷产品. Its ranges of amount and term stand among its criteria like every other rule.

    `backed_by`: the institution that guarantees what is lent under it, and joins in a later round (见贷即担).
    """

    id: str
    bank: str
    kinds: tuple[str, ...]
    regions: tuple[str, ...]
    rate_bp: int
    criteria: tuple[Criterion, ...]
    amount_max: int
    guarantee_fee_bp: int = 0
    policies: tuple[str, ...] = ()
    special: bool = False
    clocks: Clocks | None = None
    backed_by: str | None = None

    @property
    def amounts(self) -> tuple[int, int]:
        """The smallest and the largest amount, in yuan."""
        return self._range("amount_yuan")

    @property
    def terms(self) -> tuple[int, int]:
        """The shortest and the longest term, in months."""
        return self._range("term_months")

    def _range(self, fact: str) -> tuple[int, int]:
        bounds = {each.op: each.value for each in self.criteria if each.fact == fact}
        return int(bounds.get("at_least", 0)), int(bounds.get("at_most", UNBOUNDED))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Policy:
    """政策工具: what it saves, on how much of the loan, from when to when, for whom, against which evidence."""

    id: str
    kind: str
    valid_from: date
    valid_to: date | None = None
    rate_cut_bp: int = 0
    interest_share_percent: int = 0
    fee_cut_bp: int = 0
    base_cap_yuan: int | None = None
    criteria: tuple[Criterion, ...] = ()
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """A branch; empty lists take everything."""

    id: str
    regions: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Institution:
    """金融机构. `open_limit` holds for a unit that declares none."""

    id: str
    units: tuple[Unit, ...]
    open_limit: int


@dataclass(frozen=True, slots=True)
class Obstacle:
    """堵点: the fact it keeps wrong, the value that clears it, who acts, which kind of authority leads."""

    id: str
    fact: str
    cleared_value: FactValue
    acts: str
    lead: str
    days: int
    removable: bool = True


@dataclass(frozen=True, slots=True)
class DeclineCode:
    """拒贷原因 and where it leads: obstacle, adjust, supply, final, or where its `directions` (facts) lead."""

    id: str
    leads_to: str
    obstacle: str | None = None
    fact: str | None = None
    needs_direction: bool = False
    directions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsentText:
    """A version of the consent: the recipients it names, and how many of them may see a household at one time."""

    id: str
    banks: frozenset[str]
    bank_limit: int


@dataclass(frozen=True, slots=True)
class Campaign:
    """服务月: its settings. Days are working days, `review_days` are calendar days.

    `card_households`: so many look the same on a masked card. `payments_desk`: the institution that takes a
    service for which no bank was named.
    """

    id: str
    clocks: Clocks = Clocks()
    banks_per_round: int = 3
    rounds: int = 3
    cost_band_bp: int = 10
    payments_desk: str | None = None
    household_days: int = 5
    review_days: int = 30
    handling_days: int = 4
    card_households: int = 5


@dataclass(frozen=True, slots=True)
class Rules:
    """One release of the catalogue."""

    number: int
    campaign: Campaign
    facts: Mapping[str, FactRule]
    products: tuple[Product, ...]
    policies: Mapping[str, Policy]
    institutions: Mapping[str, Institution]
    obstacles: Mapping[str, Obstacle]
    decline_codes: Mapping[str, DeclineCode]
    consents: Mapping[str, ConsentText]

    def obstacle_of(self, rule: FactRule, value: FactValue) -> Obstacle | None:
        """The obstacle that a fact's present value is, or None where nothing can be removed."""
        code = rule.obstacle_by_value.get(value, rule.obstacle) if isinstance(value, str) else rule.obstacle
        return self.obstacles.get(code) if code else None
