"""Webhooks after Standard Webhooks: signed with each secret in rotation, no redirects, bounded time and size."""

from __future__ import annotations

import asyncio
import binascii
from collections.abc import Callable, Mapping, Set
from dataclasses import replace
from typing import Protocol

import httpx
import msgspec
from standardwebhooks import Webhook

from services.notify.adapters.answers import code_of, retry_after
from services.notify.adapters.targets import TargetRefused, Targets
from services.notify.domain.delivery import Content, Ended
from services.notify.settings import NotifySettings
from services.notify.store.sending import Begun
from shared.clock import wall
from shared.contracts.envelope import CONTENT_TYPE
from shared.contracts.partners import PartnerRegistered
from shared.errors import FreshwaterError

LONGEST_ANSWER = 64 * 1024
AGENT = "freshwater-notify/1"
_decode = msgspec.msgpack.Decoder(Content).decode


class Registered(Protocol):
    """Who the partners are now."""

    partners: Mapping[str, PartnerRegistered]


class WebhookSender:
    """Posts deliveries. What an address answers in its body is never kept: only whether it took the message."""

    def __init__(
        self,
        registered: Registered,
        open_secret: Callable[[str, str], str],
        closed: Set[str],
        settings: NotifySettings,
    ) -> None:
        self._registered, self._open_secret, self._closed = registered, open_secret, closed
        self._targets = Targets(http=settings.notify_webhook_http, private=settings.notify_webhook_private)
        self._seconds = settings.notify_webhook_seconds
        self._signers: dict[tuple[str, str], tuple[Webhook, ...]] = {}
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=200)
        self._client = httpx.AsyncClient(
            follow_redirects=False, timeout=self._seconds, limits=limits, trust_env=False, headers={"user-agent": AGENT}
        )

    async def stop(self) -> None:
        await self._client.aclose()

    async def send(self, begun: Begun) -> Ended:
        """One attempt. The id is the delivery's, the same for every attempt: the recipient drops what it has."""
        delivery = begun.delivery
        partner = self._registered.partners.get(delivery.recipient)
        usable = partner is not None and not partner.disabled and partner.webhook not in self._closed
        if not usable or partner is None or not partner.webhook or not partner.sealed_secret:
            return Ended("refused", "no_webhook")
        try:
            signers = self._signers_of(partner.partner, partner.sealed_secret)
        except (FreshwaterError, ValueError, binascii.Error):
            return Ended("failed", "secret_unreadable", whole_lane=True)
        body = (_decode(delivery.content or b"").body or b"").decode()
        try:
            async with asyncio.timeout(self._seconds):
                ended = await self._post(partner.webhook, str(delivery.id), body, signers)
            return replace(ended, address=partner.webhook) if ended.end == "gone" else ended
        except TargetRefused as refused:
            return Ended("refused", refused.reason)
        except TimeoutError:
            return Ended("failed", "timeout", whole_lane=True)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return Ended("failed", code_of(error), whole_lane=True)

    def _signers_of(self, partner: str, sealed: str) -> tuple[Webhook, ...]:
        """The secrets that are in rotation, separated by spaces, newest first. Opened once per registration."""
        known = self._signers.get((partner, sealed))
        if known is None:
            known = tuple(Webhook(secret) for secret in self._open_secret(partner, sealed).split())
            if not known:
                raise ValueError("no secret")
            self._signers = {place: kept for place, kept in self._signers.items() if place[0] != partner}
            self._signers[partner, sealed] = known
        return known

    async def _post(self, url: str, identifier: str, body: str, signers: tuple[Webhook, ...]) -> Ended:
        target, now = await self._targets.of(url), wall()
        headers = {
            "host": target.authority,
            "content-type": CONTENT_TYPE.decode(),
            "webhook-id": identifier,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signer.sign(identifier, now, body) for signer in signers),
        }
        # The certificate must be for the name, though the connection goes to the address that was checked.
        extensions = {"sni_hostname": target.name}
        async with self._client.stream(
            "POST", target.url, content=body.encode(), headers=headers, extensions=extensions
        ) as answer:
            size = 0
            async for part in answer.aiter_raw():
                size += len(part)
                if size > LONGEST_ANSWER:
                    break
            return self._ended(answer)

    @staticmethod
    def _ended(answer: httpx.Response) -> Ended:
        status = answer.status_code
        if 200 <= status < 300:
            return Ended("sent")
        if status == 410:
            return Ended("gone", "gone")
        reason = "redirect" if 300 <= status < 400 else f"http_{status}"
        return Ended("failed", reason, whole_lane=status >= 500 or status == 429, retry_after=retry_after(answer))
