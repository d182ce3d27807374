"""The gate as others' tools see it: the SDK of CloudEvents as a client, and a generator of requests on its document."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given

from services.intake.api.application import document
from tests.intake.people import demand
from tests.intake.stage import Stage

COMMITTED = Path(__file__).parents[2] / "services" / "intake" / "openapi.json"
TYPE = "org.freshwater.door.demand-submitted.v1"


def test_the_document_is_the_committed_one() -> None:
    """`python -m services.intake openapi > services/intake/openapi.json`"""
    assert json.loads(COMMITTED.read_text("utf-8")) == document()
    assert document()["openapi"].startswith("3.1")


@pytest.mark.parametrize("bind", [to_structured_event, to_binary_event])
async def test_the_sdk_of_cloudevents_speaks_to_the_gate(stage: Stage, bind: Any) -> None:
    body = demand(1)
    event = CloudEvent({"id": "sdk-1", "source": "/sdk", "type": TYPE, "datacontenttype": "application/json"}, body)
    message = bind(event)
    key = {"Authorization": f"Bearer {stage.keys['platform']}"}
    answer = await stage.http.post("/v1/events", content=message.body, headers={**message.headers, **key})
    assert answer.status_code == 202, answer.text
    assert (await stage.receipt(answer.headers["location"]))["status"] == "accepted"


Case = tuple[str, Any, "schemathesis.GenerationMode"]
GENERATED = pytest.mark.filterwarnings(
    # Hypothesis blames a strategy when the state of `random` changes meanwhile; here it is the service that runs beside
    # it in this process and draws its pauses.
    "ignore:Do not use the `random` module inside strategies:hypothesis.errors.HypothesisDeprecationWarning"
)


def cases_of() -> Iterator[Case]:
    """Every operation with right requests, and with wrong ones where it has a body: of an id in a path there is none
    that the generator knows how to make wrong, and it searches for long."""
    schema: Any = schemathesis.openapi.from_dict(document())
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in schemathesis.GenerationMode:
            if mode.is_positive or operation.body:
                yield f"{operation.method.upper()} {operation.path}", operation, mode


def hammer(stage: Stage, examples: int) -> dict[str, set[int]]:
    """Requests made from the document, right and wrong ones; the statuses that came, by operation."""
    url, key = str(stage.http.base_url).rstrip("/"), {"Authorization": f"Bearer {stage.keys['platform']}"}
    seen: dict[str, set[int]] = {}
    for name, operation, mode in cases_of():
        _ask(operation.as_strategy(generation_mode=mode), examples, url, key, seen.setdefault(name, set()))
    return seen


def _ask(strategy: Any, examples: int, url: str, key: dict[str, str], seen: set[int]) -> None:
    """So many requests; Kafka and PostgreSQL are there, so even a 503 would be a fault of the gate."""

    @hypothesis.settings(
        max_examples=examples, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck), phases=(hypothesis.Phase.generate,),
    )  # fmt: skip
    @given(strategy)
    def ask(case: Any) -> None:
        answer = case.call(base_url=url, headers=key, timeout=30)
        seen.add(answer.status_code)
        assert answer.status_code < 500, case.as_curl_command()

    ask()


@GENERATED
async def test_no_request_that_the_document_can_make_ends_in_a_500(stage: Stage) -> None:
    """A few of each kind; `./run trial tests/trial/test_requests.py` makes ten thousand."""
    seen = await asyncio.to_thread(hammer, stage, 4)
    assert set(seen) >= {"POST /v1/demands", "POST /v1/events", "POST /v1/files", "POST /v1/receipts"}
    assert seen["POST /v1/demands"] & {202, 422}


async def test_any_bytes_on_any_route_are_answered(stage: Stage) -> None:
    drawn = random.Random(7)
    bodies = [b"", b"{", b"\xff\xfe", b"[null]", b'{"type": 1}', *(drawn.randbytes(size) for size in (1, 9, 80, 700))]
    kinds = ("application/json", "application/cloudevents+json", "application/cloudevents-batch+json", "image/png")
    for path in ("/v1/demands", "/v1/events", "/v1/receipts", "/v1/files?kind=x&demand_source_id=1"):
        for kind in kinds:
            for body in bodies:
                answer = await stage.post(path, body, **{"Content-Type": kind})
                assert answer.status_code < 500, (path, kind, body)
