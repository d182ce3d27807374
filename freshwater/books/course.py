"""The course of a demand: the door, matching, the authorities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from freshwater.books.balance import Balance, balance
from freshwater.books.facts import Docked
from freshwater.books.sides import Sides
from freshwater.books.subjects import is_door_in
from shared.contracts import demands as said
from shared.contracts.door import ClaimMade
from shared.ledger import Became

OFFICE = "campaign_office"
STANDING = "standing"
_WORDS = {
    said.Accepted.TYPE: "accepted",
    said.Merged.TYPE: "merged",
    said.Repeated.TYPE: "repeated",
    said.Rejected.TYPE: "rejected",
    said.Corrected.TYPE: "corrected",
    said.InputRefused.TYPE: "refused",
}


def word_of(row: Became) -> str:
    """What became of a record at a door, in one word; `silent` where nobody ever heard of it."""
    if row.outcome == "dead_lettered":
        return "dead-lettered"
    for kind in row.told:
        if kind in _WORDS:
            return _WORDS[kind]
    if row.told:
        return "passed on"
    if row.outcome == "repeated":
        return "repeated"
    # A claim may have to wait for its referral or case; it is answered when that comes, or its patience ends.
    return "held" if row.outcome == "decided" and row.type == ClaimMade.TYPE else "silent"


def doors(sides: Sides) -> Balance:
    """Every record at a door has one answer, or is a dead letter."""
    parts: Counter[str] = Counter()
    by_door: Counter[str] = Counter()
    names = []
    for row in sides.at_doors():
        word = word_of(row)
        parts[word] += row.n
        by_door[row.topic] += row.n
        if word == "silent":
            names.append(f"{row.topic}: {row.n} of type {row.type} ({row.outcome}) without an answer")
    left = in_flight = unequal = 0
    for door in filter(is_door_in, sides.ends):
        taken = sum(sides.accounts["intake"].watermarks.get(door, {}).values())
        left += taken
        in_flight += max(sum(sides.ends[door].values()) - taken, 0)
        unequal += abs(taken - by_door[door])
        if taken != by_door[door]:
            names.append(f"{door}: {taken} records were taken, {by_door[door]} are in the journal")
    held = int(sides.more("intake", "held_claims"))
    silent = parts.pop("silent", 0)
    return balance(
        "doors", "来件", left, sum(parts.values()), in_flight=in_flight + held, difference=unequal + silent,
        names=names, parts=parts,
    )  # fmt: skip


def demands(sides: Sides) -> Balance:
    """Every accepted demand is known to matching, once, so in exactly one state."""
    accepted, known = sides.taken["matching"].accepted, Counter(sides.accounts["matching"].subjects.get("demand", ()))
    states = Counter({each.label: each.n for each in sides.accounts["matching"].states if each.kind == "demand"})
    names = [f"demand {each} was accepted and is in no state" for each in accepted - known.keys()]
    names += [f"demand {each} is in a state and was never accepted" for each in known.keys() - accepted]
    names += [f"demand {each} is in {n} states" for each, n in known.items() if n > 1]
    return balance(
        "demands", "需求", len(accepted), known.total(), in_flight=len(sides.all.accepted - accepted),
        difference=len(names), names=names, parts=states,
    )  # fmt: skip


def owners(sides: Sides) -> Balance:
    """What waits has one owner and a deadline; what stands has the campaign office and its review date."""
    account = sides.accounts["matching"]
    astray = [each for each in account.waiting if each.label == STANDING and each.owner not in (OFFICE, None, "")]
    waiting, wrong = sum(each.n for each in account.waiting), sum(each.n for each in astray)
    names = [f"{each.kind} {each.subject}: {each.label}, owner {each.owner}" for each in account.unclocked]
    names += [f"{each.n} standing demands belong to {each.owner}, not to the campaign office" for each in astray]
    lacking = account.without_clock + wrong
    return balance("owners", "责任与时限", waiting, waiting - lacking, names=names)


def obstacles(sides: Sides) -> Balance:
    """Every obstacle of a demand that stands obstructed has a case: guided, open or settled."""
    wanted = set(_wanted(sides.answered.obstructed()))
    missing = [name for name in wanted if name not in sides.all.known]
    beyond = sum(name not in wanted for name in _wanted(sides.all.obstructed()))
    names = [f"demand {name.replace('/', ': no case about ')}" for name in missing]
    return balance("obstacles", "堵点", len(wanted), len(wanted) - len(missing), in_flight=beyond, names=names)


def _wanted(obstructed: Mapping[str, Docked]) -> Iterator[str]:
    for demand, docked in obstructed.items():
        for obstacle in docked.obstacles:
            yield f"{demand}/{obstacle}"


def cases(sides: Sides) -> Balance:
    """Every open case has a deadline that will move it."""
    account = sides.accounts["escalation"]
    waiting = sum(each.n for each in account.waiting)
    lacking = account.without_clock + int(sides.more("escalation", "open_without_deadline"))
    names = [f"{each.kind} {each.subject}: {each.label}, owner {each.owner}" for each in account.unclocked]
    if open_cases := int(sides.more("escalation", "open_without_deadline")):
        names.append(f"{open_cases} open cases without a deadline")
    return balance("cases", "会办事项", waiting, waiting - lacking, difference=lacking, names=names)
