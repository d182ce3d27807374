"""The composition root: what matching is made of."""

from __future__ import annotations

from pathlib import Path

from services.matching.api import Asking, application
from services.matching.handlers import HANDLED, Matching, Releases, compiled
from services.matching.settings import MatchingSettings
from shared.broker import Publisher, consumer_options
from shared.catalogue.follower import CatalogueFollower
from shared.clock import Clock
from shared.contracts.clock import MatchingDeadlinePassed
from shared.contracts.topics import CATALOGUE, DEAD_LETTER_DAYS, LONGEST_DAYS, REFERRALS, retry
from shared.database import Database
from shared.process import Parts, Process
from shared.workdays import national

NAME = "matching"
MIGRATIONS = Path(__file__).parent / "migrations"


def process(settings: MatchingSettings, clock: Clock) -> Process:
    """The service with everything that it is made of, not yet started."""
    settings.check(LONGEST_DAYS, DEAD_LETTER_DAYS)
    follower = CatalogueFollower(consumer_options(settings), settings.topic_prefix + CATALOGUE, service=NAME)
    database = Database(settings.postgres, NAME, f"{NAME}-releases-{settings.member}")
    releases = Releases(follower, database, clock, settings.matching_called_up_per_second)
    follower.on_switch = releases.prepare
    asking = Asking(settings, clock, lambda: follower.current, compiled)
    parts = Parts(
        service=Matching(releases, national().add_workdays),
        migrations=MIGRATIONS,
        topics=(*HANDLED, retry(NAME)),
        writes=(REFERRALS,),
        passed=MatchingDeadlinePassed,
        start=(follower.start,),
        background=(follower.run, releases.run),
        stop=(follower.stop, database.close),
        http=application(asking) if settings.matching_port else None,
        port=settings.matching_port,
    )
    return Process(settings, clock, Publisher(NAME, settings), parts)


async def main() -> None:
    """Run until told to stop."""
    settings = MatchingSettings()
    await process(settings, settings.clock()).run()
