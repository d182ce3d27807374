"""What a submitter says in a demand, before it is a demand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from services.intake.domain.consent import Reference
from services.intake.domain.demand import Kind
from services.intake.domain.facts import Value


class Content(NamedTuple):
    """The fields of a demand as they came; `facts` are plain values. A named tuple: it is made for every demand."""

    kind: Kind
    purpose: str
    county: str
    sentence: str
    consent: Reference
    amount_yuan: int | None = None
    term_months: int | None = None
    industry: str | None = None
    facts: Mapping[str, Value] = MappingProxyType({})
    named_bank: str | None = None
    excluded_banks: tuple[str, ...] = ()
    channel: str = "partner"
    assisted_by: str | None = None
    language: str = "zh-CN"
    received_at: datetime | None = None
    version: int = 1
