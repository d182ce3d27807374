"""Mail by SMTP. Personal data is opened here, for one message, and forgotten with it.

A mailbox can not tell a repeat from a first: an attempt that broke off after the text was handed over is *unknown*, and
is held for a receipt or a person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr

import aiosmtplib
import msgspec

from services.notify.adapters.contact import Opens, Unsendable, opened, wanted
from services.notify.domain.delivery import Content, Ended
from services.notify.domain.wording import EMPTY, Words
from services.notify.settings import NotifySettings
from services.notify.store.sending import Begun
from shared.clock import wall
from shared.database import LOST

MOST_IDLE = 8
_decode = msgspec.msgpack.Decoder(Content).decode


class Relay:
    """Connections to one SMTP server, kept while they are good."""

    def __init__(self, settings: NotifySettings) -> None:
        security = settings.notify_smtp_security
        self._options = {
            "hostname": settings.notify_smtp_host,
            "port": settings.notify_smtp_port,
            "username": settings.notify_smtp_user,
            "password": settings.notify_smtp_password,
            "use_tls": security == "tls",
            "start_tls": {"starttls": True, "none": False}.get(security),
            "timeout": settings.notify_smtp_seconds,
        }
        self._idle: list[aiosmtplib.SMTP] = []

    async def take(self) -> aiosmtplib.SMTP:
        """A connection; one that the server has closed meanwhile is passed over."""
        while self._idle:
            client = self._idle.pop()
            try:
                await client.noop()
                return client
            except (aiosmtplib.SMTPException, OSError, TimeoutError):
                client.close()
        client = aiosmtplib.SMTP(**self._options)  # type: ignore[arg-type]
        await client.connect()
        return client

    def give_back(self, client: aiosmtplib.SMTP) -> None:
        if client.is_connected and len(self._idle) < MOST_IDLE:
            self._idle.append(client)
        else:
            client.close()

    def stop(self) -> None:
        while self._idle:
            self._idle.pop().close()


class MailSender:
    """Sends deliveries of the channel email, to a household's own contact or to a partner's mailbox."""

    def __init__(
        self,
        opener: Opens,
        words: Callable[[], Words],
        mailbox: Callable[[str], str | None],
        settings: NotifySettings,
    ) -> None:
        self._relay, self._sender = Relay(settings), settings.notify_smtp_sender
        self._seconds = settings.notify_smtp_seconds
        self._opener, self._words, self._mailbox = opener, words, mailbox

    async def stop(self) -> None:
        self._relay.stop()

    async def send(self, begun: Begun) -> Ended:
        """One attempt."""
        try:
            address, text = await opened(self._written(begun))
        except Unsendable as unsendable:
            return unsendable.ended
        return await self._hand_over(address, text)

    async def _written(self, begun: Begun) -> tuple[str, bytes]:
        """The address and the whole message. Raises Unsendable, Erased, SealBroken, one of LOST."""
        delivery = begun.delivery
        content = _decode(delivery.content or b"")
        personal: dict[str, str] = {}
        if delivery.audience == "household":
            personal = await self._opener.open(
                delivery.household, wanted("email", begun.silent, begun.sealed, content.sealed)
            )
        address = personal.get("email") or self._mailbox(delivery.recipient)
        if not address:
            raise Unsendable("no_address")
        words = self._words()
        values = {**EMPTY, **content.values, "personal": personal}
        if content.collected:
            values["items"] = words.collected(delivery.language, content.collected)
        message = words.message(delivery.audience, delivery.template, delivery.language, values)
        mail = EmailMessage()
        try:
            mail["From"], mail["To"], mail["Subject"] = self._sender, address, message.subject
        except ValueError:
            raise Unsendable("malformed_address") from None
        mail["Date"] = format_datetime(wall())
        mail["Message-ID"] = f"<{delivery.id}.{delivery.attempt}@{parseaddr(self._sender)[1].rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["Content-Language"] = delivery.language
        mail.set_content(message.text)
        return address, mail.as_bytes(policy=SMTP_POLICY)

    async def _hand_over(self, address: str, text: bytes) -> Ended:
        """Before the text is handed over a failure is a failure; from then on it is unknown unless the server says."""
        try:
            async with asyncio.timeout(self._seconds):
                client = await self._relay.take()
        except (aiosmtplib.SMTPException, *LOST) as error:
            return _failed(error, "smtp_not_connected")
        handed_over = False
        try:
            async with asyncio.timeout(2 * self._seconds):
                await client.mail(parseaddr(self._sender)[1])
                await client.rcpt(address)
                handed_over = True
                await client.data(text)
        except aiosmtplib.SMTPResponseException as error:
            client.close()
            return Ended("refused" if error.code >= 500 else "failed", f"smtp_{error.code}")
        except (aiosmtplib.SMTPException, *LOST) as error:
            client.close()
            return Ended("unknown", "smtp_broken_off") if handed_over else _failed(error, "smtp_broken_off")
        self._relay.give_back(client)
        return Ended("sent")


def _failed(error: BaseException, reason: str) -> Ended:
    code = getattr(error, "code", None)
    return Ended("failed", f"smtp_{code}" if isinstance(code, int) and code > 0 else reason, whole_lane=True)
