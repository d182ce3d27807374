"""SMS and WeChat: what the gateway is told, and what each of its answers makes of a delivery."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from services.notify.adapters.gateway import GatewaySender
from services.notify.adapters.templates import Templates
from services.notify.domain.delivery import Content, Delivery, Ended, Patience, after_attempt
from services.notify.domain.wording import EMPTY
from services.notify.settings import NotifySettings
from services.notify.store.sending import Begun
from shared.vault import Erased
from tests.notify.grounds import NOW, shipped

PHONE = "13900000001"
WORDS = Templates(shipped())


class Vault:
    """Opens what it is given, and remembers which fields that were."""

    def __init__(self, *, erased: bool = False) -> None:
        self.opened: list[str] = []
        self._erased = erased

    async def open(self, household: UUID, sealed: Mapping[str, str]) -> dict[str, str]:
        self.opened += sealed
        if self._erased:
            raise Erased(household)
        return {name: {"phone": PHONE, "wechat": "openid-7", "code": "246810"}[name] for name in sealed}


def begun(template: str = "offered", channel: str = "sms", *, silent: bool = False, **content: Any) -> Begun:
    values = {"bank": "北辰银行", "plan": {"amount_yuan": 90_000, "rate_bp": 390}}
    body = msgspec.msgpack.encode(Content({**EMPTY, **values}, **content))
    made = Delivery(
        UUID(int=1), UUID(int=2), "t", UUID(int=3), UUID(int=4), "household", str(UUID(int=3)), channel, channel,
        template, "zh-CN", "pending", 1, NOW, NOW, NOW, content=body,
    )  # fmt: skip
    return Begun(made, {"phone": "sealed", "wechat": "sealed", "email": "sealed"}, silent)


async def sent(
    each: Begun, answer: Callable[[httpx.Request], httpx.Response], vault: Vault | None = None
) -> tuple[Ended, list[Any]]:
    """One attempt at a gateway that answers so; how it ended, and what the gateway was told."""
    told: list[Any] = []

    def handle(request: httpx.Request) -> httpx.Response:
        told.append((request.headers.get("authorization"), json.loads(request.content)))
        return answer(request)

    settings = NotifySettings(notify_gateway_url="https://gateway.example/send", notify_gateway_key="k")
    sender = GatewaySender(vault or Vault(), lambda: WORDS, settings)
    headers = sender._client.headers
    await sender._client.aclose()
    sender._client = httpx.AsyncClient(transport=httpx.MockTransport(handle), headers=headers)
    ended = await sender.send(each)
    await sender.stop()
    return ended, told


def answers(status: int, body: str = "{}", **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, text=body, headers=headers)


async def test_the_gateway_gets_an_approved_id_and_parameters_and_never_words() -> None:
    vault = Vault()
    ended, ((authorization, said),) = await sent(begun(), answers(200, '{"number": "n-7"}'), vault)
    assert (ended.end, ended.number) == ("sent", "n-7")
    assert authorization == "Bearer k"
    assert said == {
        "reference": str(UUID(int=1)),
        "channel": "sms",
        "to": PHONE,
        "template": shipped().short_messages["zh-CN.offered"].approved["sms"],
        "parameters": {"bank": "北辰银行", "amount": "9万元", "rate": "3.90%"},
    }
    assert vault.opened == ["phone"], "nothing is opened that this message does not need"


async def test_wechat_goes_to_the_same_gateway_by_its_own_id() -> None:
    _, ((_, said),) = await sent(begun(channel="wechat"), answers(200))
    assert (said["to"], said["template"]) == ("openid-7", shipped().short_messages["zh-CN.offered"].approved["wechat"])


async def test_a_code_goes_to_the_contact_that_it_is_meant_to_prove() -> None:
    each = begun("contact-code", sealed={"phone": "sealed", "code": "sealed"}, silent=True)
    _, ((_, said),) = await sent(each, answers(200))
    assert said["parameters"] == {"code": "246810"}


def breaks(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def handle(_: httpx.Request) -> httpx.Response:
        raise error

    return handle


@pytest.mark.parametrize(
    ("answer", "end", "becomes"),
    [
        (answers(200, "garbage"), "sent", "sent"),
        (answers(202, '{"number": 7}'), "sent", "sent"),
        (answers(400), "refused", "failed"),
        (answers(404), "refused", "failed"),
        (answers(401), "failed", "pending"),
        (answers(429, **{"retry-after": "120"}), "failed", "pending"),
        (answers(503), "failed", "pending"),
        (answers(500), "unknown", "held"),
        (answers(504), "unknown", "held"),
        (breaks(httpx.ConnectError("x")), "failed", "pending"),
        (breaks(httpx.ReadTimeout("x")), "unknown", "held"),
        (breaks(httpx.RemoteProtocolError("x")), "unknown", "held"),
    ],
)
async def test_what_may_have_gone_is_held_and_all_else_is_clear(
    answer: Callable[[httpx.Request], httpx.Response], end: str, becomes: str
) -> None:
    ended, _ = await sent(begun(), answer)
    assert ended.end == end
    assert after_attempt(UUID(int=1), "sms", 1, ended, Patience()).state == becomes
    assert PHONE not in ended.reason


async def test_a_request_for_time_is_honoured() -> None:
    ended, _ = await sent(begun(), answers(429, **{"retry-after": "120"}))
    assert ended.retry_after == 120


@pytest.mark.parametrize(
    ("each", "vault", "reason"),
    [
        (begun(silent=True), Vault(), "messages_not_allowed"),
        (begun(), Vault(erased=True), "erased"),
        (begun("merged"), Vault(), "no_template"),
        (Begun(begun().delivery, {"email": "sealed"}), Vault(), "no_contact"),
    ],
)
async def test_what_may_not_be_sent_never_reaches_the_gateway(each: Begun, vault: Vault, reason: str) -> None:
    ended, told = await sent(each, answers(200), vault)
    assert (ended.end, ended.reason, told) == ("refused", reason, [])


async def test_an_attempt_has_an_end_however_slow_the_gateway_is() -> None:
    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        raise AssertionError

    settings = NotifySettings(notify_gateway_url="https://gateway.example", notify_gateway_seconds=0.05)
    sender = GatewaySender(Vault(), lambda: WORDS, settings)
    sender._client = httpx.AsyncClient(transport=httpx.MockTransport(never))
    ended = await sender.send(begun())
    assert ended.end == "unknown"
