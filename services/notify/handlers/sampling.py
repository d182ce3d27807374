"""Every message as it would read: each telling of the table on the example of its event, in every language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from services.notify.domain.delivery import Content, Delivery
from services.notify.domain.hearing import Reach
from services.notify.domain.links import Links
from services.notify.domain.registry import Party, Registry
from services.notify.domain.states import Clearing, Consented, Demand, Household, Submitted
from services.notify.domain.wording import EMPTY, Message, Words
from services.notify.handlers.ground import Ground, names_of, short_of, table_of
from services.notify.handlers.memory import remembered
from services.notify.handlers.rows import Moment
from services.notify.handlers.table import NAMES, TYPES_HEARD
from services.notify.handlers.telling import Account, Means, Teller
from shared.catalogue.release import Release
from shared.contracts.messages import Telling
from shared.contracts.registry import read_event
from shared.contracts.samples import full

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
LINK = "https://notify.example"
_HOUSEHOLD = Household(Consented("v1", ("banks", "authorities", "messages"), (), date(2027, 11, 1)), NOW)
_SUBMITTED = Submitted("hotline", "HL-2026-0007", UUID("506d06ed-5fbe-8b7a-8345-13269a3405af"))
_FIELDS = ("address", "contact_name", "credit_code", "email", "phone", "shop_name", "wechat")
_CASE = UUID("01a20b1c-22b8-8011-b505-244e565f09dc")
_CLEARED = Clearing(_CASE, "market_regulation-620102", None, "AR_MISSING")
_PERSONAL = {"code": "246810", "email": "shop@household.example"}
_decode = msgspec.msgpack.Decoder(Content).decode


class Sample(NamedTuple):
    """What one audience reads under one template in one language."""

    audience: str
    template: str
    language: str
    message: Message


def samples(release: Release, words: Words, languages: tuple[str, ...]) -> Iterator[Sample]:
    """One of each, in the order of the table. Raises LookupError where a telling reaches nobody in its example."""
    seen: set[tuple[str, str]] = set()
    kinds = {name: data for data, name in NAMES.items()}
    for name, row in release.feedback.items():
        for telling in row.told:
            place = (telling.audience, telling.template)
            if place in seen:
                continue
            seen.add(place)
            for language in languages:
                yield Sample(*place, language, _message(release, words, kinds[name].TYPE, telling, language))


def _message(release: Release, words: Words, kind: str, telling: Telling, language: str) -> Message:
    made = full(TYPES_HEARD[kind])
    made["data"] |= {field: values[0] for field, values in telling.only.items()}
    event: Any = read_event(json.dumps(made).encode(), TYPES_HEARD)
    demand = Demand((_SUBMITTED,), language, _FIELDS, 180_000, 12, "stock", "H6210", "620102", (_CASE,), (_CLEARED,))
    household, known = remembered(event, _HOUSEHOLD, demand)
    account = Account()
    Teller(_means(release, words, language), Moment(NOW), event, household, known).tell(account)
    for each in account.rows:
        if isinstance(each, Delivery) and (each.audience, each.template) == (telling.audience, telling.template):
            values = {**EMPTY, **_decode(each.content or b"").values, "personal": _PERSONAL}
            return words.message(each.audience, each.template, language, values)
    raise LookupError(f"nobody hears {telling.audience}/{telling.template} of the example of {kind}")


def _means(release: Release, words: Words, language: str) -> Means:
    names = names_of(release)
    how = frozenset({"email"})
    parties = [
        Party("hotline", "publisher", None, frozenset(), how),
        *(Party(each, "bank", each, frozenset(), how) for each in release.institutions),
        *(Party(each, "authority", each, frozenset(), how) for each in (*release.authorities, release.campaign.id)),
    ]
    reach = Reach(Registry.of(parties), names.mailboxes.keys(), True, language, short_of(release))
    links = Links(LINK, "example")
    return Means(Ground(table_of(release), names, reach), words, links, timedelta(hours=72), most_a_day=100)
