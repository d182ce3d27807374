"""SMS (短信) and WeChat (微信) through an HTTP gateway: an approved template's id and its parameters, never free text.

    POST <url>  {"reference", "channel", "to", "template", "parameters"}   Authorization: Bearer <key>
    200         {"number": "..."}   the number under which receipts will come; without one it is our reference

A telephone can not tell a repeat from a first: an attempt that broke off after the request was on its way is *unknown*,
and is held for its receipt or a person.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import msgspec

from services.notify.adapters.answers import code_of, retry_after
from services.notify.adapters.contact import Opens, Unsendable, opened, wanted
from services.notify.adapters.webhook import AGENT
from services.notify.domain.delivery import Content, Ended
from services.notify.domain.wording import EMPTY, Words
from services.notify.settings import NotifySettings
from services.notify.store.sending import Begun

CONTACT = {"sms": "phone", "wechat": "wechat"}
"""Which field of the identity is the address of a channel."""
LONGEST_NUMBER = 64
_NOT_TAKEN = frozenset({429, 503})
"""Answers that say that nothing was done with the request."""
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)
"""Failures before anything was on its way."""
_decode = msgspec.msgpack.Decoder(Content).decode


class GatewaySender:
    """Sends deliveries of the channels sms and wechat."""

    def __init__(self, opener: Opens, words: Callable[[], Words], settings: NotifySettings) -> None:
        self._opener, self._words = opener, words
        self._url, self._seconds = settings.notify_gateway_url or "", settings.notify_gateway_seconds
        key = settings.notify_gateway_key
        headers = {"user-agent": AGENT, **({"authorization": f"Bearer {key}"} if key else {})}
        self._client = httpx.AsyncClient(
            follow_redirects=False, timeout=self._seconds, trust_env=False, headers=headers
        )

    async def stop(self) -> None:
        await self._client.aclose()

    async def send(self, begun: Begun) -> Ended:
        """One attempt."""
        try:
            request = await opened(self._request(begun))
        except Unsendable as unsendable:
            return unsendable.ended
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._client.post(self._url, json=request)
        except _NOT_SENT as error:
            return Ended("failed", code_of(error), whole_lane=True)
        except (httpx.HTTPError, OSError, TimeoutError) as error:
            return Ended("unknown", code_of(error), whole_lane=True)
        return self._ended(answer)

    async def _request(self, begun: Begun) -> dict[str, Any]:
        """What the gateway is told. Raises Unsendable, Erased, SealBroken, one of LOST."""
        delivery, content = begun.delivery, _decode(begun.delivery.content or b"")
        field = CONTACT[delivery.channel]
        sealed = wanted(field, begun.silent, begun.sealed, content.sealed)
        personal = await self._opener.open(delivery.household, sealed)
        if not personal.get(field):
            raise Unsendable("no_contact")
        values = {**EMPTY, **content.values, "personal": personal, "items": content.collected or None}
        short = self._words().short(delivery.channel, delivery.template, delivery.language, values)
        if short is None:
            raise Unsendable("no_template")
        return {
            "reference": str(delivery.id),
            "channel": delivery.channel,
            "to": personal[field],
            "template": short.approved,
            "parameters": short.parameters,
        }

    def _ended(self, answer: httpx.Response) -> Ended:
        status = answer.status_code
        if 200 <= status < 300:
            return Ended("sent", number=_number(answer.content))
        if status in _NOT_TAKEN:
            return Ended("failed", f"http_{status}", whole_lane=True, retry_after=retry_after(answer))
        if status >= 500:
            return Ended("unknown", f"http_{status}", whole_lane=True)
        # 401 and 403 are ours to put right: the message itself may be good.
        end: Any = "failed" if status in (401, 403, 407, 408) else "refused"
        return Ended(end, f"http_{status}", whole_lane=end == "failed")


def _number(body: bytes) -> str | None:
    """The gateway's own number; an answer that is not as agreed still says that it was taken."""
    try:
        said = json.loads(body)
    except ValueError:
        return None
    number = said.get("number") if isinstance(said, Mapping) else None
    return number if isinstance(number, str) and 0 < len(number) <= LONGEST_NUMBER else None
