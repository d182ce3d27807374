"""The tables on the page of one demand: shown there, and taken away, as far as the officer may know the demand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from starlette.exceptions import HTTPException

from services.desk.domain.card import KNOWN_TO
from services.desk.store import demands as store
from services.desk.store import records
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.tables import Column, Listing, Table
from services.desk.web.wording.words import Words
from shared.contracts.demands import DemandSummary
from shared.contracts.values import Referral


def known_to(visit: Visit, found: store.Demand) -> bool:
    """Whether the officer may know the demand beyond its card."""
    return visit.signed_in.oversees or any(each["state"] in KNOWN_TO for each in found.referrals)


def summary_of(visit: Visit, found: store.Demand) -> DemandSummary | None:
    """Intake's whole view, where the officer may know it."""
    whole = found.row["summary"]
    return DemandSummary.model_validate_json(whole) if whole and known_to(visit, found) else None


def facts_of(visit: Visit, summary: DemandSummary | None) -> list[tuple[str, Any]]:
    """The facts as stated, for oversight alone."""
    return list(summary.facts.items()) if summary and visit.signed_in.oversees else []


def _said(line: Any, words: Words) -> str | None:
    return words.params(msgspec.json.decode(line["params"])) or None if line["params"] else None


def _code(row: Any, words: Words) -> str | None:
    code = Referral.model_validate_json(row["body"]).decline_code
    return words.name(code, "decline_codes") if code else None


def _offer(row: Any, words: Words) -> str | None:
    plan = Referral.model_validate_json(row["body"]).plan
    return f"{words.money(plan.amount_yuan)} · {words.rate(plan.rate_bp)}" if plan else None


def _letter(row: Any) -> str | None:
    return f"/cases/{row['case']}/letter" if row["raised"] or row["state"] == "overdue" else None


FACTS = Table(
    "demand-facts",
    N_("Facts as stated"),
    (
        Column(N_("Fact"), lambda row, words: words.name(row[0], "facts")),
        Column(N_("Value"), lambda row, words: words.fact_value(row[1].value, row[0])),
        Column(N_("Source"), lambda row, words: words.source(row[1].source)),
        Column(N_("How it is known"), lambda row, _: row[1].assurance, "state", label="assurance"),
        Column(N_("As of"), lambda row, _: row[1].as_of, "day"),
    ),
    empty=N_("No fact was stated yet."),
)
REFERRALS = Table(
    "demand-referrals",
    N_("Banks"),
    (
        Column(N_("Bank"), lambda row, words: words.name(row["bank"], "institutions")),
        Column(N_("Unit"), lambda row, words: words.unit(row["unit"], row["bank"], "institutions")),
        Column(N_("Product"), lambda row, words: words.name(row["product"], "products")),
        Column(N_("Round"), lambda row, _: row["round"], "number"),
        Column(N_("State"), lambda row, _: row["state"], "state", label="referral"),
        Column(N_("Due"), lambda row, _: row["due_at"], "due"),
        Column(N_("Costs the household a year"), lambda row, _: row["cost_bp"], "rate"),
        Column(N_("Offer"), _offer),
        Column(N_("Reason"), _code),
    ),
    empty=N_("Not with any bank yet."),
)
CASES = Table(
    "demand-cases",
    N_("Obstacles and cases"),
    (
        Column(N_("Obstacle"), lambda row, words: words.name(row["obstacle"], "obstacles")),
        Column(N_("State"), lambda row, _: row["state"], "state", label="case", link=_letter),
        Column(N_("Authority"), lambda row, words: words.name(row["authority"], "authorities")),
        Column(N_("Due"), lambda row, _: row["due_at"], "due"),
        Column(N_("Promised"), lambda row, _: row["promised_on"], "day"),
        Column(N_("Times raised"), lambda row, _: row["raised"], "number"),
    ),
    empty=N_("Nothing stands in the way that an authority could remove."),
)
TIMELINE = Table(
    "demand-timeline",
    N_("What has happened"),
    (
        Column(N_("When"), lambda row, _: row["at"], "moment"),
        Column(N_("What"), lambda row, words: words.label(row["type"], "event")),
        Column(N_("Who"), lambda row, words: words.actor(row["actor"])),
        Column(N_("Particulars"), _said),
    ),
    empty=N_("Nothing yet."),
)
DELIVERIES = Table(
    "demand-deliveries",
    N_("Who was told"),
    (
        Column(N_("About"), lambda row, words: words.label(row["cause_type"], "cause")),
        Column(N_("Told to"), lambda row, words: words.label(row["audience"], "audience")),
        Column(N_("By"), lambda row, words: words.label(row["channel"], "channel")),
        Column(N_("Outcome"), lambda row, _: row["outcome"], "state", label="delivery"),
        Column(N_("When"), lambda row, _: row["at"], "moment"),
    ),
    empty=N_("Nobody was told yet."),
)
SEEN = Table(
    "seen",
    N_("Who saw what"),
    (
        Column(N_("When"), lambda row, _: row["at"], "moment"),
        Column(
            N_("Who"),
            lambda row, words: words.house(row["house"]) if row["house"] else words.label(row["role"], "role"),
            note=lambda row, _: row["login"],
        ),
        Column(N_("What"), lambda row, _: row["what"], "state", label="record"),
        Column(N_("Fields"), lambda row, _: row["detail"] if row["what"] != "saw_demand" else None),
    ),
    empty=N_("Nobody has looked at it here yet."),
)


def demand_of(visit: Visit) -> UUID:
    """The demand that the address names. Raises 404 where it names none."""
    named = visit.request.path_params.get("id") or visit.request.query_params.get("of", "")
    try:
        return UUID(named.strip())
    except ValueError:
        raise HTTPException(404) from None


async def found_of(visit: Visit) -> store.Demand:
    """The demand of the address as far as the officer may see it. Raises 404 where that is not at all."""
    async with visit.office.connection() as connection:
        found = await store.one(connection, visit.signed_in, demand_of(visit))
    if found is None:
        raise HTTPException(404)
    return found


def _part(take: Callable[[Visit, store.Demand], Iterable[Any]]) -> Callable[[Visit, int], Awaitable[Sequence[Any]]]:
    async def load(visit: Visit, limit: int) -> Sequence[Any]:
        return list(take(visit, await found_of(visit)))[:limit]

    return load


async def _seen(visit: Visit, limit: int) -> Sequence[Any]:
    if not visit.signed_in.oversees:
        raise HTTPException(404)
    await found_of(visit)
    async with visit.office.connection() as connection:
        return await records.of_demand(connection, demand_of(visit), limit)


_PARTS: tuple[tuple[Table, Callable[[Visit, store.Demand], Iterable[Any]]], ...] = (
    (FACTS, lambda visit, found: facts_of(visit, summary_of(visit, found))),
    (REFERRALS, lambda _, found: found.referrals),
    (CASES, lambda _, found: found.cases),
    (TIMELINE, lambda _, found: found.timeline),
    (DELIVERIES, lambda _, found: found.deliveries),
)
LISTINGS = (
    *(Listing(table, "demand", _part(take), demand_of) for table, take in _PARTS),
    Listing(SEEN, "demand", _seen, demand_of),
)
