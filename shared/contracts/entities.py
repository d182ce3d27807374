"""What the catalogue's entities look like, in its YAML files and in a release on `freshwater.catalogue.v1`.

One declaration for all: `freshwater catalogue check` refuses what does not fit, services read the same models.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.entity import Entity
from shared.contracts.messages import Feedback, ShortMessage, Template
from shared.contracts.values import BasisPoints, Code, EvidenceKind, FactValue, Months, Region, Text, Yuan

WorkingDays = Annotated[int, Field(ge=0, le=400)]
Level = Literal["county", "city", "province"]
Acts = Literal["household", "authority", "both"]


class FactChoice(Entity):
    """One value that a choice or set fact may have.

    `obstacle`: what stands in the way where a choice has this value, before the fact's own (no licence and a lapsed
    licence are removed in different ways).
    """

    obstacle: Code | None = None


class FactDeclaration(Entity):
    """A fact: its type and unit, its values, who supplies it, and what its failure calls for.

    `failure`: supply (only missing), adjust (ask for something else), clear (an obstacle is removed), wait (time does
    it), final (nothing helps, said plainly). A missing value is always a supply remedy first.
    `wait` helps `at_least` (months grow by themselves), and `at_most` only where `window_months` is set: a count over
    the last so many months passes for sure that long after its as-of date.
    """

    type: Literal["flag", "integer", "choice", "set", "region", "industry"]
    unit: Literal["yuan", "days", "months", "years", "percent", "count", "none"] = "none"
    values: list[FactChoice] = []
    supplied_by: Literal["household", "partner", "register"]
    acts: Acts = "household"
    failure: Literal["supply", "adjust", "clear", "wait", "final"]
    obstacle: Code | None = None
    window_months: Months | None = None
    ask_zh: Text
    ask_en: Text


class Criterion(BaseModel):
    """One rule of a product or policy over one fact.

    `at_least`/`at_most` take an integer, `in`/`not_in` a list of values (industries and regions match by prefix),
    `any_of` wants one of the list among the values of a set, `is` wants exactly that flag or value.
    `verified` says when the fact must be surer than the household's word.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fact: Code
    op: Literal["at_least", "at_most", "in", "not_in", "any_of", "is"]
    value: FactValue
    verified: Literal["no", "before_referral", "before_offer"] = "no"


class Unit(Entity):
    """A branch of an institution or an office of an authority (科室, 市场监管所): who does the work.

    Empty lists take everything; otherwise only these regions, industries, obstacles (the last for authorities).
    """

    regions: list[Region] = []
    industries: list[Code] = []
    obstacles: list[Code] = []
    email: Text | None = None


class Institution(Entity):
    """金融机构. `default_open_limit` holds for a unit that declares none."""

    kind: Literal[
        "large_state",
        "joint_stock",
        "city_commercial",
        "rural_commercial",
        "rural_cooperative",
        "village",
        "policy",
        "guarantee",
    ]
    units: Annotated[list[Unit], Field(min_length=1)]
    default_open_limit: int = 200
    email: Text | None = None


class Clocks(BaseModel):
    """A bank's three clocks, in working days."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    accept: WorkingDays = 1
    contact: WorkingDays = 3
    decide: WorkingDays = 5


class Product(Entity):
    """信贷产品: where, how much, how long, at what rate, its criteria over facts. A service has no amounts.

    Without `valid_from` it is on offer already, without `valid_to` until further notice; both days belong to it.
    `backed_by`: the institution that guarantees what is lent under it; a later round may bring it in (见贷即担).
    """

    bank: Code
    kinds: list[Literal["loan", "renewal", "service"]] = ["loan"]
    regions: Annotated[list[Region], Field(min_length=1)]
    amount_min: Yuan = 0
    amount_max: Yuan = 0
    term_min: Months = 1
    term_max: Months = 1
    rate_bp: BasisPoints
    guarantee_fee_bp: BasisPoints = 0
    criteria: list[Criterion]
    policies: list[Code] = []
    campaign_special: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    clocks: Clocks | None = None
    backed_by: Code | None = None


class Policy(Entity):
    """政策工具. What it saves: `rate_cut_bp`, or a percentage of the interest, up to `base_cap_yuan` of the loan."""

    kind: Literal["subsidy", "guarantee", "relending", "fee_waiver"]
    rate_cut_bp: BasisPoints = 0
    interest_share_percent: Annotated[int, Field(ge=0, le=100)] = 0
    fee_cut_bp: BasisPoints = 0
    base_cap_yuan: Yuan | None = None
    valid_from: date
    valid_to: date | None = None
    criteria: list[Criterion] = []
    evidence: list[Code] = []
    source: Text
    certainty: Literal["verified", "known", "assumed"]
    decision: Code | None = None


class Guidance(BaseModel):
    """What the household does itself: steps, place, papers, link."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps_zh: list[Text]
    steps_en: list[Text]
    place_zh: Text
    place_en: Text
    papers_zh: list[Text] = []
    papers_en: list[Text] = []
    link: Text | None = None


class Obstacle(Entity):
    """堵点: the fact it keeps wrong, the value that clears it, who acts, what kind of authority leads, in what time.

    `evidence_kinds`: what proves that it is cleared; empty takes any. `decision`: the number of a joint consultation's
    decision that this release carries out, here or at a policy.
    """

    fact: Code
    cleared_value: FactValue
    acts: Acts
    guidance: Guidance | None = None
    lead: Code
    supports: list[Code] = []
    industries: list[Code] = []
    identity_fields: list[Code] = []
    working_days: WorkingDays
    evidence_zh: Text
    evidence_en: Text
    evidence_kinds: list[EvidenceKind] = []
    removable: bool = True
    decision: Code | None = None


class Authority(Entity):
    """主管部门: its kind (market_regulation, tax, …), level, region, the next level of its own line, and its units.

    `raise_by_itself`: a draft of a 督办 that no named person confirms goes after one working day.
    """

    kind: Code
    level: Level
    region: Region
    upper: Code | None = None
    units: list[Unit] = []
    email: Text | None = None
    raise_by_itself: bool = True
    catch_all: bool = False


class DeclineCode(Entity):
    """拒贷原因 and where it leads: an obstacle, an adjustment of a fact, a missing fact, or final for this bank.

    `directions`: what a bank may name where it needs a direction. A code that leads to its direction (an insufficient
    score) names a fact, and what remedies that fact remedies the decline.
    """

    leads_to: Literal["obstacle", "adjust", "supply", "final", "direction"]
    obstacle: Code | None = None
    fact: Code | None = None
    needs_direction: bool = False
    directions: list[Code] = []


class ConsentText(Entity):
    """A version of the consent: its text, its named recipients, its boxes, how many banks may see it, how long."""

    text_zh: Text
    text_en: Text
    banks: list[Code]
    boxes: list[Literal["banks", "authorities", "messages", "statistics"]]
    bank_limit: Annotated[int, Field(ge=1, le=50)] = 3
    valid_days: Annotated[int, Field(ge=1, le=800)] = 365


class Campaign(Entity):
    """服务月: its window and its settings. Working days where not said otherwise.

    `consultation_kinds`: the kinds of authority that sit in every joint consultation (联合会诊), with those concerned.
    `card_households`: so many households at least look the same on a masked card.
    `payments_desk`: the institution that takes a service (account, payment fees) for which no bank was named.
    """

    starts_on: date
    ends_on: date
    province: Region
    clocks: Clocks = Clocks()
    banks_per_round: Annotated[int, Field(ge=1, le=5)] = 3
    rounds: Annotated[int, Field(ge=1, le=10)] = 3
    cost_band_bp: BasisPoints = 10
    payments_desk: Code | None = None
    household_days: WorkingDays = 5
    review_days: Annotated[int, Field(ge=1, le=365)] = 30
    common_issue_households: int = 5
    sign_days: WorkingDays = 1
    plan_days: WorkingDays = 3
    consultation_kinds: list[Code] = []
    card_households: Annotated[int, Field(ge=1, le=50)] = 5
    invented: bool = True


ENTITIES: dict[str, type[Entity]] = {
    "campaign": Campaign,
    "institution": Institution,
    "product": Product,
    "policy": Policy,
    "authority": Authority,
    "obstacle": Obstacle,
    "decline-code": DeclineCode,
    "fact": FactDeclaration,
    "consent": ConsentText,
    "feedback": Feedback,
    "template": Template,
    "short-message": ShortMessage,
}
