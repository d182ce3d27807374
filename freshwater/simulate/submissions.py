"""What invented households hand in: demands as CloudEvents, with the slips that real submitters make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from freshwater.simulate.chance import chance, one_of, pick
from freshwater.simulate.profiles import Profile, profile
from shared.contracts.door import DemandSubmitted

SLIPS: Mapping[str, float] = {
    "none": 940, "again": 15, "contradicting": 5, "corrected": 5, "second": 15, "invalid": 20,
}  # fmt: skip
"""Of a thousand: sent twice, sent again with another amount, corrected, sent under two numbers, not valid."""
USES = {
    "stock": "进货", "rent": "付租金", "decoration": "装修", "equipment": "买设备", "wages": "发工资",
    "expansion": "开新店", "planting": "种植养殖", "turnover": "周转",
}  # fmt: skip
NAMED_BANKS = ("beichen", "niulang", "jingxiu", "shenxiu", "kuixiu", "xinxiu")
"""The last two are not in the consent: the household is asked first."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One CloudEvent under its number."""

    source_id: str
    event: Mapping[str, Any]


def source_id_of(seed: int, number: int, series: str) -> str:
    """By this number the submitter knows a demand, and whatever else is told of it."""
    return f"{series}{seed}-{number:06d}"


def submissions(
    seed: int, numbers: Iterable[int], now: datetime, *, series: str = "D", obstructed: bool = False
) -> Iterator[Submission]:
    """The demands of these numbers, each with whatever slip belongs to it. Source ids are `<series><seed>-<number>`."""
    for number in numbers:
        source_id = source_id_of(seed, number, series)
        yield from _of_one(seed, source_id, now, obstructed)


def _of_one(seed: int, source_id: str, now: datetime, obstructed: bool) -> Iterator[Submission]:
    rng = chance(seed, "submission", source_id)
    slip = "none" if obstructed else pick(rng, SLIPS)
    body = demand(seed, source_id, profile(seed, source_id, obstructed), now)
    if slip == "invalid":
        body |= {"county": "110101", "purpose": "holiday", "facts": {"licence_stat": "valid"}}
    yield _submission(source_id, 1, body)
    if slip == "again":
        yield _submission(source_id, 1, body)
    elif slip in ("contradicting", "corrected"):
        version = 2 if slip == "corrected" else 1
        changed = body | {"version": version, "amount_yuan": body["amount_yuan"] + 10_000}
        yield _submission(source_id, 2, changed)
    elif slip == "second":
        other = f"{source_id}-B"
        yield _submission(other, 1, body | {"source_id": other})


def demand(seed: int, source_id: str, of: Profile, now: datetime) -> dict[str, Any]:
    """The data of `demand-submitted` as this household says it."""
    rng = chance(seed, "words", source_id)
    body: dict[str, Any] = {
        "source_id": source_id,
        "purpose": of.purpose,
        "county": of.county,
        "sentence": f"{of.trade.zh}想借{of.amount_yuan / 10_000:g}万元{USES[of.purpose]}（模拟需求）",
        "amount_yuan": of.amount_yuan,
        "term_months": of.term_months,
        "industry": of.trade.industry,
        "facts": {name: of.facts[name] for name in sorted(of.said)},
        "consent": {"version": "v1", "given_at": now.isoformat(), "evidence": f"simulated/{source_id}"},
        "language": pick(rng, {"zh-CN": 95, "en": 5}),
        "personal": dict(of.personal),
    }
    if rng.random() < 0.03:
        body["named_bank"] = one_of(rng, NAMED_BANKS)
    if rng.random() < 0.02:
        body["excluded_banks"] = ["tianshu"]
    return body


def _submission(source_id: str, copy: int, body: Mapping[str, Any]) -> Submission:
    return Submission(source_id, cloud_event(DemandSubmitted.TYPE, f"{source_id}/{copy}", body))


def cloud_event(type_name: str, identifier: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """A CloudEvent of a simulated partner: marked as such."""
    return {
        "specversion": "1.0",
        "id": identifier,
        "source": "/freshwater/simulate",
        "type": type_name,
        "simulated": True,
        "datacontenttype": "application/json",
        "data": data,
    }
