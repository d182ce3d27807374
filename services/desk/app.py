"""Puts the desk together."""

from __future__ import annotations

from services.desk.adapters.gate import HttpGate
from services.desk.adapters.household_gate import HouseholdGate
from services.desk.adapters.services import HttpServices
from services.desk.api import Api, routes
from services.desk.handlers import TOPICS, Desk
from services.desk.settings import DeskSettings
from services.desk.store import MIGRATIONS
from services.desk.store.counting import counting
from services.desk.web.application import application
from services.desk.web.office import Office
from shared.broker import Publisher, consumer_options
from shared.catalogue.follower import CatalogueFollower
from shared.clock import Clock
from shared.contracts.topics import CATALOGUE, DEAD_LETTER_DAYS, LONGEST_DAYS
from shared.partners import PartnerFollower
from shared.process import Parts, Process


def process(settings: DeskSettings, clock: Clock) -> Process:
    """The service with everything it is made of, not yet started."""
    settings.check(LONGEST_DAYS, DEAD_LETTER_DAYS)
    catalogue = CatalogueFollower(consumer_options(settings), settings.topic_prefix + CATALOGUE, service=Desk.name)
    gate, services, way = HttpGate(settings), HttpServices(settings), HouseholdGate(settings)
    partners = PartnerFollower(consumer_options(settings), settings.topic_prefix, service=Desk.name)
    current, known = lambda: catalogue.current if catalogue.number else None, lambda: partners.partners
    office = Office(settings, clock, current, gate, services, way, known)
    gauges = counting(settings, clock.now)
    api = Api(office, known)
    parts = Parts(
        service=Desk(lambda: catalogue.number),
        migrations=MIGRATIONS,
        topics=TOPICS,
        writes=(),
        start=[catalogue.start, partners.start, office.open],
        background=[catalogue.run, partners.run, gauges.run],
        stop=[gauges.close, office.close, gate.close, services.close, way.close, partners.stop, catalogue.stop],
        http=application(office, routes(api)),
        port=settings.desk_port,
    )
    return Process(settings, clock, Publisher(Desk.name, settings), parts)


async def main() -> None:
    """Run until told to stop."""
    settings = DeskSettings()
    await process(settings, settings.clock()).run()
