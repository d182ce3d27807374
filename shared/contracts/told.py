"""What a partner hears on its own `freshwater.door.<partner>.out.v1`. Written by notify."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.county import AgendaItem
from shared.contracts.envelope import Data
from shared.contracts.feedback import Audience
from shared.contracts.values import Case, Code, FactValue, Problem, Referral, Remedy, Sealed, Text


class Told(Data):
    """One notice: about which type of event, of which demand, and what the partner may know of it.

    `concerns` is the id of the referral or case that it is about: by it, who handed a demand in passes on the
    household's word (chooses, has filed, asks for help) without hearing a bank's name.
    `agenda`: what a county's joint consultation decides on, told to its team and to who sits in it.
    `card` is the masked card (2-digit industry, amount band, county, term, purpose). `source_id` is the submitter's own
    number. `disclosed`: on a door, identity fields as far as the consent goes, each a compact JWE (ECDH-ES, A256GCM) to
    the partner's `encryption_key`, empty without one; `disclosure` is the link to the page that shows them.
    """

    TYPE: ClassVar[str] = "org.freshwater.door.told.v1"
    notice: UUID
    about: Code
    audience: Audience
    demand: UUID
    source_id: Text | None = None
    concerns: UUID | None = None
    referral: Referral | None = None
    case: Case | None = None
    card: dict[Code, FactValue] = {}
    remedies: list[Remedy] = []
    problems: list[Problem] = []
    agenda: list[AgendaItem] = []
    promised_at: AwareDatetime | None = None
    disclosed: Sealed = {}
    disclosure: Text | None = None
    language: Code = "zh-CN"
    text: Text


EVENTS = (Told,)
