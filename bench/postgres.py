"""PostgreSQL as the matcher: products as rows with their criteria as columns, GIN on regions, one prepared query."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import asyncpg

from bench.lending import TODAY
from services.matching.domain.demand import Demand
from services.matching.domain.eligibility import Snapshot, best
from services.matching.domain.facts import aged
from services.matching.domain.rules import Policy, Product, Rules

_COLUMNS = {
    "id": "text", "regions": "text[]", "kinds": "text[]", "rate": "int", "fee": "int", "fit": "int", "policies": "int",
    "amount_lo": "int", "amount_hi": "int", "term_lo": "int", "term_hi": "int", "age_lo": "int", "age_hi": "int",
    "months_lo": "int", "enquiries_hi": "int", "filing_lo": "int", "industry": "text[]", "tax_grade": "text[]",
    "tax_sure": "bool", "collateral": "text[]", "special_groups": "text[]", "guarantee": "text[]",
    "not_overdue": "bool", "filed": "bool", "food": "bool",
}  # fmt: skip
_BOUNDS = {
    ("amount_yuan", "at_least"): "amount_lo",
    ("amount_yuan", "at_most"): "amount_hi",
    ("term_months", "at_least"): "term_lo",
    ("term_months", "at_most"): "term_hi",
    ("operator_age", "at_least"): "age_lo",
    ("operator_age", "at_most"): "age_hi",
    ("operating_months", "at_least"): "months_lo",
    ("enquiries_3m", "at_most"): "enquiries_hi",
    ("tax_filing_months", "at_least"): "filing_lo",
    ("overdue_now", "is"): "not_overdue",
    ("annual_report_filed", "is"): "filed",
    ("food_permit", "is"): "food",
}
_WHERE = """
regions && $1::text[] AND $2 = ANY(kinds) AND $3 BETWEEN amount_lo AND amount_hi AND $4 BETWEEN term_lo AND term_hi
AND $5 >= age_lo AND $5 <= age_hi AND $6 >= months_lo AND $7 <= enquiries_hi AND $8 >= filing_lo
AND (industry IS NULL OR industry && $9::text[])
AND (tax_grade IS NULL OR ($10 = ANY(tax_grade) AND ($11 OR NOT tax_sure)))
AND (collateral IS NULL OR collateral && $12::text[]) AND (special_groups IS NULL OR special_groups && $13::text[])
AND (guarantee IS NULL OR $14 = ANY(guarantee))
AND ($15 OR NOT not_overdue) AND ($16 OR NOT filed) AND ($17 OR NOT food)
"""


class Shelf:
    """The products in a table, and the query that finds the best five of a demand."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record], rules: Rules) -> None:
        self._connection, self._rules = connection, rules

    @classmethod
    async def filled(cls, dsn: str, rules: Rules) -> Shelf:
        """A new table with all products, indexed and analysed."""
        connection = await asyncpg.connect(dsn)
        columns = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
        await connection.execute(f"SET jit = off; DROP TABLE IF EXISTS shelf; CREATE TABLE shelf ({columns})")
        bits = {name: 1 << place for place, name in enumerate(sorted(rules.policies))}
        rows = [_row(product, bits) for product in rules.products]
        await connection.copy_records_to_table("shelf", records=rows, columns=list(_COLUMNS))
        await connection.execute("CREATE INDEX ON shelf USING gin (regions)")
        await connection.execute("ANALYZE shelf")
        return cls(connection, rules)

    async def timed(self, snapshot: Snapshot, asked: Sequence[Demand]) -> tuple[float, float]:
        """Microseconds a demand, median and 99th percentile of the quietest of three passes; answers are compared."""
        query = await self._connection.prepare(
            f"SELECT id, cost FROM (SELECT id, fit, {_cost(self._rules)} AS cost FROM shelf WHERE {_WHERE}) met"  # noqa: S608
            " ORDER BY cost, fit DESC, id LIMIT 5"
        )
        passes = []
        for _ in range(3):
            took = []
            for demand in asked:
                arguments = _arguments(snapshot, demand)
                start = time.perf_counter_ns()
                rows = await query.fetch(*arguments)
                took.append((time.perf_counter_ns() - start) / 1_000)
                expected = [(each.product.id, each.cost_bp) for each in best(snapshot, demand, TODAY, 5)]
                if [(row["id"], row["cost"]) for row in rows] != expected:
                    raise AssertionError(f"PostgreSQL finds {rows}, not {expected}")
            took.sort()
            passes.append((took[len(took) // 2], took[len(took) * 99 // 100]))
        return min(passes)

    async def close(self) -> None:
        await self._connection.execute("DROP TABLE shelf")
        await self._connection.close()


def _row(product: Product, bits: dict[str, int]) -> tuple[Any, ...]:
    found: dict[str, Any] = {
        "id": product.id, "regions": list(product.regions), "kinds": list(product.kinds), "rate": product.rate_bp,
        "fee": product.guarantee_fee_bp, "policies": sum(bits[name] for name in product.policies),
        "fit": sum(each.op in ("in", "any_of") for each in product.criteria) + product.special,
        "age_lo": 0, "age_hi": 999, "months_lo": 0, "enquiries_hi": 999, "filing_lo": 0, "tax_sure": False,
        "not_overdue": False, "filed": False, "food": False,
    }  # fmt: skip
    for each in product.criteria:
        column = _BOUNDS.get((each.fact, each.op))
        if column:
            found[column] = True if each.op == "is" else each.value
        else:
            found[each.fact] = list(each.value)  # type: ignore[arg-type]
            if each.fact == "tax_grade":
                found["tax_sure"] = each.verified == "before_referral"
    return tuple(found.get(name) for name in _COLUMNS)


def _arguments(snapshot: Snapshot, demand: Demand) -> list[Any]:
    rules, facts = snapshot.rules.facts, demand.facts
    value = {name: aged(rules[name], fact, TODAY) for name, fact in facts.items()}
    region, industry = demand.county, str(value["industry"])
    met = snapshot.policies.terms(snapshot.index.keys(facts, TODAY), demand.amount_yuan or 0, TODAY).met
    return [
        ["", region[:2], region[:4], region], demand.kind, value["amount_yuan"], value["term_months"],
        value["operator_age"], value["operating_months"], value["enquiries_3m"], value["tax_filing_months"],
        [industry[:size] for size in range(1, len(industry) + 1)], value["tax_grade"],
        facts["tax_grade"].assurance != "self", list(value["collateral"]), list(value["special_groups"]),  # type: ignore[arg-type]
        value["guarantee"], not value["overdue_now"], value["annual_report_filed"], value["food_permit"], met,
    ]  # fmt: skip


def _cost(rules: Rules) -> str:
    """The cost in SQL: savings one after the other, each down to nothing, are their sum down to nothing."""
    rate, fee = ["0"], ["0"]
    for place, name in enumerate(sorted(rules.policies)):
        policy, held = rules.policies[name], f"(policies & $18 & {1 << place}) <> 0"
        off = f"({policy.rate_cut_bp} + rate * {policy.interest_share_percent} / 100)"
        rate.append(f"CASE WHEN {held} THEN {_share(policy, off)} ELSE 0 END")
        fee.append(f"CASE WHEN {held} THEN {_share(policy, str(policy.fee_cut_bp))} ELSE 0 END")
    return f"greatest(rate - ({' + '.join(rate)}), 0) + greatest(fee - ({' + '.join(fee)}), 0)"


def _share(policy: Policy, saved: str) -> str:
    cap = policy.base_cap_yuan
    return saved if cap is None else f"CASE WHEN $3 <= {cap} THEN {saved} ELSE ({saved}::bigint * {cap} / $3)::int END"
