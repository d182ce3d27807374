"""The household's page: one plain sentence of where it stands, its own next step, offers side by side, who saw what."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from asyncpg import Record
from starlette.responses import RedirectResponse, Response

from services.desk.domain.access import Officer
from services.desk.domain.household import OFFERS, Cost, Paper, Seen, Where, acts_allowed, cost_of, where
from services.desk.store import demands as store
from services.desk.store import household as access
from services.desk.web.household.device import mine
from services.desk.web.household.papers import papers
from services.desk.web.household.questions import Question, questions, remedies_of
from services.desk.web.household.wording import FIELDS, SENTENCES, TURNS
from services.desk.web.remedies import in_words
from services.desk.web.rendering import Visit
from shared.contracts.demands import DemandSummary
from shared.contracts.values import Referral

WHOLE = Officer(UUID(int=0), "", "auditor", None)
"""Of its own demand a household may see everything that an auditor sees of it."""
SEEN_BY = frozenset({"feedback.identity-disclosed", "feedback.disclosure-opened"})
OWN_STEPS = frozenset({"guided", "filed", "waiting"})


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
    bank_asked: str | None
    lines: list[tuple[Record, dict[str, Any]]]


async def load(visit: Visit, demand: UUID) -> Mine | None:
    """None where the read model has not heard of it yet."""
    async with visit.office.connection() as connection:
        found = await store.one(connection, WHOLE, demand)
    if found is None:
        return None
    row, known = found.row, found.household
    summary = DemandSummary.model_validate_json(row["summary"]) if row["summary"] else None
    consented = bool(known["consent_version"]) if known else bool(summary and summary.consent)
    seen = Seen(
        row["state"], row["docking"], row["owner"], row["due_at"], [each["state"] for each in found.referrals],
        consented, bool(known and known["contact_confirmed"]),
    )  # fmt: skip
    offers = [offer for each in found.referrals if each["state"] in OFFERS if (offer := _offer(each))]
    lines = [(line, msgspec.json.decode(line["params"] or b"{}")) for line in found.timeline]
    asked = next((said["bank"] for line, said in lines if line["type"] == "referral.consent-requested"), None)
    return Mine(
        found, seen, where(seen), offers, acts_allowed(seen, seen.referrals),
        questions(remedies_of(row["remedies"]), visit.words),
        papers([each.body for each in offers], found.cases, visit.words.release),
        asked if row["docking"] == "consent_wanted" else None, lines,
    )  # fmt: skip


def _offer(row: Record) -> Offer | None:
    body = Referral.model_validate_json(row["body"])
    if body.plan is None:
        return None
    plan = body.plan
    return Offer(row, body, cost_of(plan.amount_yuan, plan.term_months, plan.rate_bp, plan.instalment_yuan))


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
        steps=[each for each in found.found.cases if each["state"] in OWN_STEPS],
        cases=[each for each in found.found.cases if each["state"] not in OWN_STEPS],
        looks=[
            (line, said["recipient"], [text(FIELDS.get(each, each)) for each in said.get("fields", ())])
            for line, said in found.lines
            if line["type"] in SEEN_BY
        ],
        **context,
    )
