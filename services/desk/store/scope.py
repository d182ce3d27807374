"""What an officer may see, as SQL. Every query of a page takes its condition from here; $1 is the officer's subject.

Who is neither of a house nor an overseer sees nothing: an administrator's account leads to no demand.

`SHOWN` are the lines of a timeline that everyone who may see the demand may see: they name no bank and no authority.
"""

from __future__ import annotations

from services.desk.domain.access import Officer

_ALL = "$1::text IS NULL"
_NOTHING = "$1::text IS NOT NULL AND false"
_DEMANDS = {
    "bank": "EXISTS (SELECT FROM referrals AS seen WHERE (seen.household, seen.demand) = (d.household, d.demand)"
    " AND seen.bank = $1)",
    "authority": "EXISTS (SELECT FROM cases AS seen WHERE (seen.household, seen.demand) = (d.household, d.demand)"
    " AND seen.authority = $1 AND seen.state NOT IN ('guided', 'filed'))",
}
SHOWN = (
    "demand.accepted",
    "demand.corrected",
    "demand.facts-supplied",
    "demand.adjusted",
    "demand.withdrawn",
    "demand.reopened",
    "demand.revived",
)
_LINES = {
    "bank": "(t.about IN (SELECT referral FROM referrals WHERE household = $2 AND bank = $1) OR t.type = ANY($4))",
    "authority": '(t.about IN (SELECT "case" FROM cases WHERE household = $2 AND authority = $1'
    " AND state NOT IN ('guided', 'filed')) OR t.type = ANY($4))",
}


def _otherwise(officer: Officer) -> str:
    return _ALL if officer.oversees else _NOTHING


def seen(officer: Officer) -> tuple[str, str]:
    """The table that leads a house to its demands, and the condition there."""
    if officer.house == "bank":
        return "referrals", "bank = $1"
    return "cases", "authority = $1 AND state NOT IN ('guided', 'filed')"


def demands(officer: Officer) -> str:
    """Which demands, over `demands AS d`."""
    return _DEMANDS.get(officer.house) or _otherwise(officer)


def referrals(officer: Officer) -> str:
    """Which referrals, over `referrals AS r`: an authority sees none."""
    return {"bank": "r.bank = $1", "authority": _NOTHING}.get(officer.house) or _otherwise(officer)


def cases(officer: Officer) -> str:
    """Which cases, over `cases AS c`: a bank sees none; what only the household can do yet is not the authority's."""
    mine = "c.authority = $1 AND c.state NOT IN ('guided', 'filed')"
    return {"bank": _NOTHING, "authority": mine}.get(officer.house) or _otherwise(officer)


def lines(officer: Officer) -> str:
    """Which lines of a timeline, over `timeline AS t`; $2 is the household, $4 is `SHOWN`."""
    everything = f"({_otherwise(officer)} OR (false AND t.type = ANY($4)))"
    return _LINES.get(officer.house) or everything


def deliveries(officer: Officer) -> str:
    """Which deliveries, over `deliveries AS v`: what was told to the officer's own house."""
    return _ALL if officer.oversees else "v.recipient = $1"
