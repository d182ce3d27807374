"""The household's page: one plain sentence of where it stands, its own next step, offers side by side, who saw what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from asyncpg import Record
from starlette.responses import RedirectResponse, Response

from services.desk.domain.access import Officer
from services.desk.domain.household import (
    OFFERS,
    Contact,
    Cost,
    Paper,
    Seen,
    Where,
    acts_allowed,
    contact_of,
    cost_of,
    where,
)
from services.desk.domain.photos import TYPES, Line, Photo, photos
from services.desk.store import demands as store
from services.desk.store import household as access
from services.desk.web.demand.remedies import in_words
from services.desk.web.household.device import claimed, mine
from services.desk.web.household.papers import FILE, papers, readers
from services.desk.web.household.questions import Question, questions, remedies_of
from services.desk.web.household.wording import FIELDS, SENTENCES, TURNS
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.wording.words import Words
from shared.catalogue import Release
from shared.contracts.demands import DemandSummary
from shared.contracts.values import Referral

WHOLE = Officer(UUID(int=0), "", "auditor", None)
"""Of its own demand a household may see everything that an auditor sees of it."""
SEEN_BY = frozenset({"feedback.identity-disclosed", "feedback.disclosure-opened"})
OWN_STEPS = frozenset({"guided", "filed", "waiting"})
ENDED_CASES = frozenset({"cleared", "refused", "withdrawn"})


class Offer(NamedTuple):
    """One bank's offer, with what it comes to."""

    row: Record
    body: Referral
    cost: Cost


class Mine(NamedTuple):
    """A demand as its household sees it."""

    found: store.Demand
    seen: Seen
    where: Where
    offers: list[Offer]
    acts: frozenset[str]
    questions: list[Question]
    papers: list[Paper]
    contacts: list[Contact]
    bank_asked: str | None
    lines: list[tuple[Record, dict[str, Any]]]
    photos: list[Photo]


async def load(visit: Visit, demand: UUID) -> Mine | None:
    """None where the read model has not heard of it yet."""
    async with visit.office.connection() as connection:
        found = await store.one(connection, WHOLE, demand)
    if found is None:
        return None
    row, known = found.row, found.household
    summary = DemandSummary.model_validate_json(row["summary"]) if row["summary"] else None
    consented = bool(known["consent_version"]) if known else bool(summary and summary.consent)
    asks = questions(remedies_of(row["remedies"]), visit.words)
    seen = Seen(
        row["state"], row["docking"], row["owner"], row["due_at"], [each["state"] for each in found.referrals],
        consented, bool(known and known["contact_confirmed"]),
        bool(asks) and not any(each["state"] in OWN_STEPS for each in found.cases),
    )  # fmt: skip
    offers = [offer for each in found.referrals if each["state"] in OFFERS if (offer := _offer(each))]
    lines = [(line, msgspec.json.decode(line["params"] or b"{}")) for line in found.timeline]
    asked = next((said["bank"] for line, said in lines if line["type"] == "referral.consent-requested"), None)
    return Mine(
        found, seen, where(seen), offers, acts_allowed(seen, seen.referrals),
        asks,
        papers([each.body for each in offers], found.cases, visit.words.release),
        _contacts(found.referrals, lines),
        asked if row["docking"] == "consent_wanted" else None, lines,
        photos(Line(each["at"], each["type"], each["actor"], said) for each, said in lines if each["type"] in TYPES),
    )  # fmt: skip


def _contacts(referrals: Sequence[Record], lines: Sequence[tuple[Record, dict[str, Any]]]) -> list[Contact]:
    calls = [(line["about"], said.get("outcome", "")) for line, said in lines if line["type"] == "referral.contacted"]
    asked = [
        contact_of(
            each["referral"], each["bank"], each["state"], [said for about, said in calls if about == each["referral"]]
        )
        for each in referrals
    ]
    return [each for each in asked if each]


def _own_step(case: Record, release: Release | None) -> bool:
    """Whether the household does something about it itself; where an office has it too, both do."""
    if case["state"] in OWN_STEPS:
        return True
    obstacle = release.obstacles.get(case["obstacle"]) if release else None
    return case["state"] not in ENDED_CASES and obstacle is not None and obstacle.acts != "authority"


def _offer(row: Record) -> Offer | None:
    body = Referral.model_validate_json(row["body"])
    if body.plan is None:
        return None
    plan = body.plan
    return Offer(row, body, cost_of(plan.amount_yuan, plan.term_months, plan.rate_bp, plan.instalment_yuan))


def _looks(own: Mine, words: Words) -> list[tuple[Record, str, list[str]]]:
    """Who saw what: a bank or office by its name."""
    return [
        (line, _who(own, said["recipient"], words), _fields(said.get("fields", ()), words))
        for line, said in own.lines
        if line["type"] in SEEN_BY
    ]


def _who(own: Mine, recipient: str, words: Words) -> str:
    """A system that speaks for many offices is told as those of them that have something of this demand."""
    name = words.house(recipient)
    offices = dict.fromkeys(words.name(each["authority"], "authorities") for each in own.found.cases)
    if name != recipient or not offices:
        return name
    system = words.language.text(N_("%(offices)s (system %(name)s)"))
    return system % {"offices": words.language.of("、", ", ").join(offices), "name": recipient}


def _fields(seen: Sequence[str], words: Words) -> list[str]:
    return [
        words.label(each.removeprefix(FILE), "evidence")
        if each.startswith(FILE)
        else words.language.text(FIELDS.get(each, each))
        for each in seen
    ]


async def show(visit: Visit) -> Response:
    """One demand at once; of several the address says which."""
    demands = await mine(visit)
    if not demands:
        return RedirectResponse("/track", 303)
    wanted = visit.request.query_params.get("demand", "")
    demand = next((each for each in demands if str(each) == wanted), demands[0])
    return await page(visit, demand, demands)


async def page(
    visit: Visit, demand: UUID, demands: list[UUID], problems: list[str] | None = None, done: str = ""
) -> Response:
    found = await load(visit, demand)
    async with visit.office.connection() as connection:
        others = await access.several(connection, demands) if len(demands) > 1 else []
        receipt = await access.receipt(connection, demand)
    context: dict[str, Any] = {
        "demand": demand,
        "several": len(claimed(visit, visit.request).shops) > 1,
        "receipt": receipt,
        "others": others,
        "problems": problems or [],
        "done": done,
    }
    if found is None:
        return visit.page("household/waiting.html", **context)
    text = visit.words.language.text
    return visit.page(
        "household/mine.html",
        422 if problems else 200,
        mine=found,
        row=found.found.row,
        sentence=text(SENTENCES[found.where.sentence]),
        turn=text(TURNS[found.where.turn]),
        remedies=in_words(found.found.row["remedies"], visit.words),
        steps=[each for each in found.found.cases if _own_step(each, visit.words.release)],
        cases=[each for each in found.found.cases if each["state"] not in OWN_STEPS],
        looks=_looks(found, visit.words),
        readers=readers(found.found.referrals, found.found.cases, visit.words),
        **context,
    )
