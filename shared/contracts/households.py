"""Events of `freshwater.households.v1`: what holds over all demands of a household (个体工商户). Written by intake."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.envelope import Data
from shared.contracts.values import Code, Consent, Region, Sealed, Text, Value


class HouseholdSummary(Value):
    """Intake's view of one household at one revision. `bank_limit`: how many banks may see it, over all demands."""

    household: UUID
    consent: Consent | None = None
    bank_limit: Annotated[int, Field(ge=0, le=50)] = 3
    contact_confirmed: bool = False
    erased: bool = False
    demands: list[UUID] = []


class HouseholdData(Data):
    """Every event about a household carries its summary."""

    summary: HouseholdSummary


class Visited(Data):
    """走访: somebody went to see a household; the outcome is mandatory.

    `bank`: whose visit it was. `earlier_bank`: another one that was there less than a fortnight before.
    """

    TYPE: ClassVar[str] = "org.freshwater.household.visited.v1"
    household: UUID
    visitor: Code
    county: Region
    on: date
    outcome: Literal["demand", "no_demand", "not_found", "closed_down", "refused"]
    bank: Code | None = None
    earlier_bank: Code | None = None
    earlier_on: date | None = None


class ContactCodeRequested(Data):
    """A code is to be sent to the contact, sealed; notify sends it at once, outside caps and quiet hours."""

    TYPE: ClassVar[str] = "org.freshwater.household.contact-code-requested.v1"
    household: UUID
    sealed: Sealed


class ContactConfirmed(HouseholdData):
    """The contact answered with its code."""

    TYPE: ClassVar[str] = "org.freshwater.household.contact-confirmed.v1"


class ConsentGiven(HouseholdData):
    """A consent or a wider one; `banks` are those that a one-tap answer added."""

    TYPE: ClassVar[str] = "org.freshwater.household.consent-given.v1"
    banks: list[Code] = []


class ConsentRevoked(HouseholdData):
    """The household took its consent back: everything outward stops at once."""

    TYPE: ClassVar[str] = "org.freshwater.household.consent-revoked.v1"
    reason: Text | None = None


class ConsentExpired(HouseholdData):
    """The consent's time has run out."""

    TYPE: ClassVar[str] = "org.freshwater.household.consent-expired.v1"


class OperatorChanged(HouseholdData):
    """Another person runs the shop (变更经营者): new consent, new key."""

    TYPE: ClassVar[str] = "org.freshwater.household.operator-changed.v1"


class Linked(HouseholdData):
    """Several shops of one operator, or a shop that became a company (个转企)."""

    TYPE: ClassVar[str] = "org.freshwater.household.linked.v1"
    other: UUID
    relation: Literal["same_operator", "became_company"]


class Erased(HouseholdData):
    """Its key is gone: nobody can open what was sealed."""

    TYPE: ClassVar[str] = "org.freshwater.household.erased.v1"


EVENTS = (
    Visited,
    ContactCodeRequested,
    ContactConfirmed,
    ConsentGiven,
    ConsentRevoked,
    ConsentExpired,
    OperatorChanged,
    Linked,
    Erased,
)
