"""Puts intake together."""

from __future__ import annotations

from datetime import timedelta

from services.intake import api
from services.intake.adapters.papers import Reencoder
from services.intake.adapters.purge import DoorPurge
from services.intake.adapters.sending import Sender
from services.intake.api.accepting import Accepting
from services.intake.api.application import Routes
from services.intake.api.speakers import Speakers
from services.intake.handlers import Intake
from services.intake.handlers.following import FOLLOWED
from services.intake.handlers.gate import Gate
from services.intake.handlers.papers import Papers
from services.intake.handlers.partners import keys_of
from services.intake.handlers.phones import Phones
from services.intake.handlers.service import NAME, WRITES
from services.intake.settings import IntakeSettings
from services.intake.store import MIGRATIONS
from services.intake.store.contact_codes import ContactCodes
from services.intake.store.requests import Requests
from shared.broker import Publisher, consumer_options
from shared.catalogue import CatalogueFollower
from shared.clock import Clock, wall
from shared.contracts.clock import IntakeDeadlinePassed
from shared.contracts.topics import CATALOGUE, CLOCK, DEAD_LETTER_DAYS, LONGEST_DAYS, doors_pattern, retry
from shared.process import Door, Parts, Process
from shared.vault import Vault

DOORS = f"freshwater.{NAME}.doors"


def process(settings: IntakeSettings, clock: Clock) -> Process:
    """The service with everything it is made of, not yet started."""
    settings.check(LONGEST_DAYS, DEAD_LETTER_DAYS)
    vault = Vault(settings.vault, settings.masters)
    catalogue = CatalogueFollower(consumer_options(settings), settings.topic_prefix + CATALOGUE, service=NAME)
    requests, sender = Requests(settings.postgres), Sender(settings, settings.intake_send_seconds)
    gate = Gate(catalogue, vault, clock.now, requests.households, settings.intake_phone_per_hour)
    purge = DoorPurge(settings, DOORS, settings.intake_purge_seconds)
    wait = timedelta(seconds=settings.intake_claim_wait_seconds)
    parts = Parts(
        service=Intake(catalogue, vault, lambda: wait * clock.factor, lambda: clock.factor),
        migrations=MIGRATIONS,
        topics=[*FOLLOWED, CLOCK, retry(NAME)],
        writes=WRITES,
        passed=IntakeDeadlinePassed,
        doors=Door(DOORS, doors_pattern(settings.topic_prefix)),
        start=[vault.start, catalogue.start, requests.start, sender.start],
        background=[catalogue.run, purge.run],
        stop=[catalogue.stop, sender.stop, requests.stop, vault.stop],
        http=api.application(
            Routes(
                Accepting(gate, Papers(gate, vault, requests.households, Reencoder().clean), requests, sender.send),
                requests,
                Speakers(keys_of(requests), settings.actor_secret.get_secret_value(), settings.intake_keys_seconds),
                settings.bounds,
                lambda: catalogue.number,
                clock.now,
                Phones(vault, ContactCodes(requests.pool), sender.send, wall),
            )
        ),
        port=settings.intake_port,
    )
    return Process(settings, clock, Publisher(NAME, settings), parts)


async def main() -> None:
    """Run until told to stop."""
    settings = IntakeSettings()
    await process(settings, settings.clock()).run()
