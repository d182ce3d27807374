"""What the tests of decisions stand on: the shipped catalogue, some partners, examples of every event."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from freshwater.places import CHECKOUT
from services.notify.adapters.templates import Templates
from services.notify.domain.hearing import Reach
from services.notify.domain.links import Links
from services.notify.domain.registry import Party, Registry
from services.notify.domain.states import Clearing, Consented, Demand, Household, Submitted
from services.notify.handlers.ground import Ground, names_of, short_of, table_of
from services.notify.handlers.memory import remembered
from services.notify.handlers.rows import Moment
from services.notify.handlers.table import TYPES_HEARD
from services.notify.handlers.telling import Account, Means, Teller
from shared.catalogue import Release, load_directory
from shared.contracts.envelope import Data
from shared.contracts.registry import read_event
from shared.contracts.samples import full, minimal

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
CONSENT = Consented("v1", ("banks", "authorities", "messages"), (), date(2027, 11, 1))
CASE = UUID("01a20b1c-22b8-8011-b505-244e565f09dc")
"""The case of the examples: an authority knows of it."""
CLEARED = Clearing(CASE, "market_regulation-620102", None, "AR_MISSING")
"""Was cleared before the round of the examples."""
FIELDS = ("address", "contact_name", "credit_code", "email", "phone", "shop_name", "wechat")


@cache
def shipped() -> Release:
    return load_directory(CHECKOUT / "catalogue", 1)


def demand(**changes: Any) -> Demand:
    submitted = Submitted("hotline", "HL-2026-0007", UUID("506d06ed-5fbe-8b7a-8345-13269a3405af"))
    made = Demand((submitted,), "zh-CN", FIELDS, 180_000, 12, "stock", "H6210", "620102", (CASE,), (CLEARED,))
    return replace(made, **changes)


def parties(*channels: str) -> Registry:
    """One partner for each role in the examples' story, all reached by the same channels."""
    how = frozenset(channels)
    return Registry.of(
        [
            Party("hotline", "publisher", None, frozenset(), how),
            Party("niulang", "bank", "niulang", frozenset(), how),
            Party("zhinu", "bank", "zhinu", frozenset(), how),
            Party("market", "authority", "market_regulation-620102", frozenset({"market_regulation-620100"}), how),
            Party("health", "authority", "health-620102", frozenset(), how),
            Party("line", "authority", "market_regulation-620000", frozenset(), how),
            Party("team", "authority", "county_team-620102", frozenset({"service-month-2026"}), how),
        ]
    )


def means(registry: Registry, *, mail: bool = True, language: str = "zh-CN", gateway: bool = False) -> Means:
    release = shipped()
    names = names_of(release)
    short = short_of(release) if gateway else frozenset[tuple[str, str]]()
    reach = Reach(registry, names.mailboxes.keys(), mail, language, short)
    links = Links("https://notify.example", "a secret of the tests")
    return Means(Ground(table_of(release), names, reach), Templates(release), links, timedelta(hours=72))


def event(data: type[Data], *, whole: bool = True, **fields: Any) -> Any:
    """The example of a type, with some of its own fields changed."""
    made = copy.deepcopy((full if whole else minimal)(data))
    made["data"] |= fields
    return read_event(json.dumps(made).encode(), TYPES_HEARD)


def told(heard: Any, using: Means, household: Household | None = None, of: Demand | None = None) -> Account:
    """What follows of one event for a household that has agreed to everything."""
    household, of = remembered(heard, household or Household(CONSENT, NOW), of or demand())
    account = Account()
    Teller(using, Moment(NOW), heard, household, of).tell(account)
    return account


def examples(name: str) -> Iterator[Any]:
    """Every example event of a row of the table: whole and minimal, once for each value that a telling asks for."""
    data = next(kind for kind in TYPES_HEARD.values() if f"org.freshwater.{name}.v1" == kind.TYPE)
    wanted: list[dict[str, Any]] = [{}]
    for row in shipped().feedback[name].told:
        wanted += [{field: value} for field, values in row.only.items() for value in values]
    for fields in wanted:
        for whole in (True, False):
            yield event(data, whole=whole, **fields)
