"""Puts escalation together."""

from __future__ import annotations

from pathlib import Path

from services.escalation.api import Open311
from services.escalation.handlers import Escalation
from services.escalation.handlers.service import NAME
from services.escalation.handlers.table import HANDLED
from services.escalation.settings import EscalationSettings
from services.escalation.store import Cases, counting
from shared.broker import Publisher, consumer_options
from shared.catalogue.follower import CatalogueFollower
from shared.clock import Clock
from shared.contracts.clock import EscalationDeadlinePassed
from shared.contracts.topics import CASES, CATALOGUE, DEAD_LETTER_DAYS, LONGEST_DAYS, retry
from shared.process import Parts, Process
from shared.workdays import national

MIGRATIONS = Path(__file__).parent / "migrations"


def process(settings: EscalationSettings, clock: Clock) -> Process:
    """The service with everything it is made of, not yet started."""
    settings.check(LONGEST_DAYS, DEAD_LETTER_DAYS)
    catalogue = CatalogueFollower(consumer_options(settings), settings.topic_prefix + CATALOGUE, service=NAME)
    gauges, cases = counting(settings), Cases(settings)
    open311 = Open311(cases, lambda: catalogue.release(catalogue.number), settings.escalation_open311_key)
    parts = Parts(
        service=Escalation(catalogue, national()),
        migrations=MIGRATIONS,
        topics=[*HANDLED, retry(NAME)],
        writes=[CASES],
        passed=EscalationDeadlinePassed,
        start=[catalogue.start],
        background=[catalogue.run, gauges.run],
        stop=[catalogue.stop, gauges.close, cases.close],
        http=open311.application() if settings.escalation_port else None,
        port=settings.escalation_port,
    )
    return Process(settings, clock, Publisher(NAME, settings), parts)


async def main() -> None:
    """Run until told to stop."""
    settings = EscalationSettings()
    await process(settings, settings.clock()).run()
