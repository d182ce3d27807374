"""The campaign's tables: each declared once, shown on its page, taken away as CSV or XLSX, printed in the bulletin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from services.desk.domain.league import Part, Standing
from services.desk.web.language import N_
from services.desk.web.tables import Column, Table
from services.desk.web.wording.words import Words


def bp(share: float | None) -> int | None:
    """A share as basis points, which a table shows as a percentage."""
    return None if share is None else round(share * 10_000)


def _part(take: Callable[[Standing], Part]) -> Callable[[Any, Words], int | None]:
    return lambda row, _: bp(take(row).share)


def _days(row: Standing, stage: str, words: Words) -> str | None:
    """A censored median; where half of them have not come yet, that is what is said."""
    days = row.medians[stage]
    if days is not None:
        return words.language.text("%(n)d days") % {"n": days}
    return words.language.text(N_("not by half")) if row.received else None


def _span(row: Standing, words: Words) -> str:
    return f"{100 * row.low:.0f}–{100 * row.high:.0f}%"


def _stars(row: Standing, words: Words) -> str | None:
    if row.satisfaction is None:
        return None
    return f"{row.satisfaction:.1f} / 5 ({sum(row.record.stars.values())})"


def _bank(row: Any, words: Words) -> str:
    return words.name(row.bank if hasattr(row, "bank") else row["bank"], "institutions")


class Stage(NamedTuple):
    """How far demands have come: so many, and the money."""

    stage: str
    n: int
    yuan: int | None


FUNNEL = Table(
    "funnel",
    N_("Funnel"),
    (
        Column(N_("Stage reached"), lambda row, words: words.label(row.stage, "stage")),
        Column(N_("Count"), lambda row, _: row.n, "number"),
        Column(N_("Money"), lambda row, _: row.yuan, "yuan"),
    ),
    empty=N_("Nothing has happened yet."),
)
LEAGUE = Table(
    "league",
    N_("League table"),
    (
        Column(
            N_("Bank"),
            lambda row, words: words.name(row.record.bank, "institutions"),
            link=lambda row: f"/campaign/clocks?bank={row.record.bank}",
        ),
        Column(N_("Rank"), lambda row, _: row.place, "number"),
        Column(N_("Referrals"), lambda row, _: row.received, "number"),
        Column(N_("Offer in time"), lambda row, _: bp(row.share), "rate", note=_span),
        Column(N_("Median to offer"), lambda row, words: _days(row, "offer", words)),
        Column(N_("Median to accept"), lambda row, words: _days(row, "accept", words)),
        Column(N_("Overdue now"), lambda row, _: row.overdue, "number"),
        Column(N_("Declines that can be repaired"), _part(lambda row: row.coded), "rate"),
        Column(N_("Declines by score or on the whole"), _part(lambda row: row.on_the_whole), "rate"),
        Column(N_("Hard cases"), _part(lambda row: row.record.hard), "rate"),
        Column(N_("Repaired, then funded"), _part(lambda row: row.record.repaired), "rate"),
        Column(N_("Hours at reduced intake"), lambda row, _: row.record.reduced_hours, "number"),
        Column(N_("Offers, self-declared"), _part(lambda row: row.record.stated), "rate"),
        Column(N_("Offers, verified"), _part(lambda row: row.record.verified), "rate"),
        Column(N_("Rated by households"), _stars),
    ),
    empty=N_("No bank has a referral yet. They come with the first demand that meets a product's conditions."),
)
BRIEF_LEAGUE = Table("league-brief", LEAGUE.title, LEAGUE.columns[:7], LEAGUE.empty)
"""The rank and what it goes by: what fits on a printed page."""
JUDGED = Table("league-judged", N_("To judge by"), (LEAGUE.columns[0], *LEAGUE.columns[7:]), LEAGUE.empty)
CLOCKS = Table(
    "clocks",
    N_("Clocks by stage"),
    (
        Column(N_("Bank or unit"), lambda row, words: row.name(words), link=lambda row: row.link),
        Column(N_("Stage"), lambda row, _: row.stage, "state", label="clock_stage"),
        Column(N_("Begun"), lambda row, _: row.spells.total, "number"),
        Column(N_("Clock, working days"), lambda row, _: row.clock, "number"),
        Column(N_("In time"), lambda row, _: bp(row.share), "rate"),
        Column(N_("Median"), lambda row, words: row.middle(words)),
        Column(N_("Declined or lapsed before"), lambda row, _: row.spells.never, "number"),
        Column(N_("Overdue now"), lambda row, _: row.spells.late, "number"),
    ),
    empty=N_("No clock has run yet. The first one starts when a demand is referred."),
)
ISSUES = Table(
    "issues",
    N_("Common issues"),
    (
        Column(N_("Obstacle"), lambda row, words: words.name(row.obstacle, "obstacles")),
        Column(N_("County"), lambda row, words: words.place(row.county)),
        Column(N_("Households"), lambda row, _: row.households, "number"),
        Column(N_("Money that waits"), lambda row, _: row.blocked_yuan, "yuan"),
        Column(N_("Overdue"), lambda row, _: row.overdue, "number"),
        Column(N_("Cleared so far"), lambda row, _: row.cleared, "number"),
    ),
    empty=N_("No obstacle stops that many households of one county. That is good news."),
)
OBSTACLES = Table(
    "obstacles",
    N_("Obstacles by county"),
    (
        *ISSUES.columns[:4],
        Column(N_("Open"), lambda row, _: row.open, "number"),
        *ISSUES.columns[4:],
        Column(N_("Money set free"), lambda row, _: row.released_yuan, "yuan"),
    ),
    empty=N_("Nothing stands in anybody's way. When something does, it is priced here."),
)
PRODUCTS = Table(
    "products",
    N_("Money by product"),
    (
        Column(N_("Product"), lambda row, words: words.name(row.product, "products")),
        Column(N_("Bank"), _bank),
        Column(N_("Granted"), lambda row, _: row.granted.yuan, "yuan"),
        Column(N_("Grants"), lambda row, _: row.granted.n, "number"),
        Column(N_("Average rate"), lambda row, _: row.granted.rate_bp, "rate"),
        Column(N_("Drawn down"), lambda row, _: row.drawn.yuan, "yuan"),
        Column(N_("Drawdowns"), lambda row, _: row.drawn.n, "number"),
    ),
    empty=N_("No credit has been granted yet."),
)
POLICIES = Table(
    "policies",
    N_("Policies"),
    (
        Column(N_("Policy"), lambda row, words: words.name(row.policy, "policies")),
        Column(N_("Step"), lambda row, _: row.step, "state", label="policy_step"),
        Column(N_("Times"), lambda row, _: row.sum.n, "number"),
        Column(N_("Demands"), lambda row, _: row.sum.demands, "number"),
        Column(N_("Money"), lambda row, _: row.sum.yuan, "yuan"),
    ),
    empty=N_("No policy was applied for yet. Banks and departments report each step of one."),
)
COMMITMENTS = Table(
    "commitments",
    N_("Commitments"),
    (
        Column(N_("Bank"), lambda row, words: words.name(row.bank, "institutions")),
        Column(N_("Measure"), lambda row, _: row.measure, "state", label="measure"),
        Column(N_("Target"), lambda row, words: row.told(row.target, words)),
        Column(N_("Reached so far"), lambda row, words: row.told(row.reached, words)),
        Column(N_("Share"), lambda row, _: bp(row.reached / row.target), "rate"),
        Column(N_("Due on"), lambda row, _: row.due_on, "day"),
        Column(N_("State"), lambda row, _: row.state, "state", label="commitment"),
        Column(N_("Note"), lambda row, _: row.note),
    ),
    empty=N_("No bank has committed itself yet. The campaign office enters what was promised."),
)
ACTIVITIES = Table(
    "activities",
    N_("Activities"),
    (
        Column(N_("Activity"), lambda row, _: row.row["title"]),
        Column(N_("Kind of activity"), lambda row, _: row.row["kind"], "state", label="activity_kind"),
        Column(N_("Day"), lambda row, _: row.row["on_day"], "day"),
        Column(N_("County"), lambda row, words: words.place(row.row["county"])),
        Column(N_("Place"), lambda row, _: row.row["place"]),
        Column(N_("Host"), lambda row, _: row.row["host"]),
        Column(N_("Expected"), lambda row, _: row.row["expected"], "number"),
        Column(N_("Came"), lambda row, _: row.row["came"], "number"),
        Column(N_("Demands"), lambda row, _: row.brought.demands, "number"),
        Column(N_("Referred to banks"), lambda row, _: row.brought.referred, "number"),
        Column(N_("Granted"), lambda row, _: row.brought.granted_yuan, "yuan"),
        Column(N_("State"), lambda row, _: row.row["state"], "state", label="activity"),
    ),
    empty=N_("Nothing is planned. The campaign office enters fairs, lectures and rounds through streets."),
)
ACTIVITIES_SHOWN = Table(
    ACTIVITIES.name,
    ACTIVITIES.title,
    (
        Column(
            N_("Activity"),
            lambda row, _: row.row["title"],
            note=lambda row, words: f"{words.label(row.row['kind'], 'activity_kind')} · {row.row['host']}",
        ),
        ACTIVITIES.columns[2],
        Column(N_("County"), ACTIVITIES.columns[3].value, note=lambda row, _: row.row["place"] or ""),
        *ACTIVITIES.columns[6:],
    ),
    ACTIVITIES.empty,
)
"""The same for a page: kind, host and place beneath what they belong to."""
CHANNELS = Table(
    "channels",
    N_("Which way demands came"),
    (
        Column(N_("Way"), lambda row, words: row.way(words)),
        Column(N_("Activity"), lambda row, _: row.title),
        Column(N_("QR code hangs at"), lambda row, _: row.place, "code"),
        Column(N_("Campaign"), lambda row, _: row.campaign, "code"),
        Column(N_("Demands"), lambda row, _: row.brought.demands, "number"),
        Column(N_("Referred to banks"), lambda row, _: row.brought.referred, "number"),
        Column(N_("Granted, demands"), lambda row, _: row.brought.granted, "number"),
        Column(N_("Granted"), lambda row, _: row.brought.granted_yuan, "yuan"),
    ),
    empty=N_("No demand has come yet. Each way by which one comes is counted here: every QR code, form and partner."),
)
VISIT_LISTS = Table(
    "visit-lists",
    N_("Visit lists"),
    (
        Column(N_("Street or market"), lambda row, _: row["title"]),
        Column(N_("Who goes"), lambda row, words: words.name(row["bank"], "institutions")),
        Column(N_("County"), lambda row, words: words.place(row["county"])),
        Column(N_("From"), lambda row, _: row["from_day"], "day"),
        Column(N_("Last day"), lambda row, _: row["to_day"], "day"),
        Column(N_("Shops"), lambda row, _: row["planned"], "number"),
        Column(N_("Visited"), lambda row, _: row["households"], "number"),
        Column(N_("With a demand"), lambda row, _: row["demands"], "number"),
    ),
    empty=N_("No list was given out. Enter who goes where; the visits themselves come by the banks' doors."),
)
REPORTED = Table(
    "reported",
    N_("Reported by the banks themselves"),
    (
        Column(N_("Bank"), _bank),
        Column(N_("Month"), lambda row, _: f"{row['month']:%Y-%m}", "code"),
        Column(N_("Measure"), lambda row, _: row["measure"], "state", label="reported"),
        Column(N_("Count"), lambda row, _: row["n"], "number"),
        Column(N_("Money"), lambda row, _: row["yuan"], "yuan"),
        Column(N_("Sent in"), lambda row, _: row["at"], "moment"),
    ),
    empty=N_("No bank has sent in a month yet. Take the empty table away, fill it, and send it back."),
)
