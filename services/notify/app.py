"""Puts notify together."""

from __future__ import annotations

from pathlib import Path

from services.notify.adapters.encrypting import Encrypting
from services.notify.adapters.gateway import GatewaySender
from services.notify.adapters.learning import learn
from services.notify.adapters.mail import MailSender
from services.notify.adapters.sending import Sender, Sending
from services.notify.adapters.templates import Templates
from services.notify.adapters.webhook import WebhookSender
from services.notify.api import Feed, Page, application
from services.notify.domain.links import Links
from services.notify.handlers import HANDLED, NAME, Grounds, Manner, Notify
from services.notify.settings import NotifySettings
from shared.broker import Publisher, consumer_options
from shared.catalogue.follower import CatalogueFollower
from shared.clock import Clock
from shared.contracts.clock import NotifyDeadlinePassed
from shared.contracts.topics import CATALOGUE, DEAD_LETTER_DAYS, FEEDBACK, LONGEST_DAYS, retry
from shared.partners import PartnerFollower
from shared.process import Parts, Process
from shared.vault import MasterKeys, Opener

MIGRATIONS = Path(__file__).parent / "migrations"


def process(settings: NotifySettings, clock: Clock) -> Process:
    """The service with everything it is made of, not yet started."""
    settings.check(LONGEST_DAYS, DEAD_LETTER_DAYS)
    options, publisher = consumer_options(settings), Publisher(NAME, settings)
    catalogue = CatalogueFollower(options, settings.topic_prefix + CATALOGUE, service=NAME)
    partners = PartnerFollower(options, settings.topic_prefix, service=NAME)
    opener = Opener(settings.vault, MasterKeys.parse(settings.vault_key))
    links, closed = Links(settings.public_url, settings.actor_secret), set[str]()
    grounds = Grounds(catalogue, partners, Templates, closed, Manner.of(settings, clock, links))
    webhooks = WebhookSender(partners, opener.open_secret, closed, settings)
    mail = MailSender(opener, grounds.words, grounds.mailbox, settings)
    gateway = GatewaySender(opener, grounds.words, settings)
    senders: dict[str, Sender] = {"webhook": webhooks}
    if settings.notify_smtp_host:
        senders["email"] = mail
    if settings.notify_gateway_url:
        senders |= {"sms": gateway, "wechat": gateway}
    sending = Sending(senders, publisher, clock, closed, settings)
    page, feed = Page(opener, publisher, clock, links, settings), Feed(partners, settings)
    parts = Parts(
        service=Notify(grounds, Encrypting(opener)),
        migrations=MIGRATIONS,
        topics=[*HANDLED, retry(NAME)],
        writes=[FEEDBACK],
        tells_partners=True,
        learn=learn,
        passed=NotifyDeadlinePassed,
        start=[catalogue.start, partners.start, opener.start, sending.start],
        background=[catalogue.run, partners.run, sending.run],
        stop=[webhooks.stop, mail.stop, gateway.stop, page.stop, feed.stop, opener.stop, partners.stop, catalogue.stop],
        http=application(page, feed),
        port=settings.notify_port,
    )
    return Process(settings, clock, publisher, parts)


async def main() -> None:
    """Run until told to stop."""
    settings = NotifySettings()
    await process(settings, settings.clock()).run()
