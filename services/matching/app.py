"""The composition root: what matching is made of."""

from __future__ import annotations

from pathlib import Path

from services.matching.handlers import Matching, Releases
from services.matching.settings import MatchingSettings
from shared.broker import Publisher, consumer_options
from shared.catalogue.follower import CatalogueFollower
from shared.contracts.clock import MatchingDeadlinePassed
from shared.contracts.topics import CATALOGUE, REFERRALS, topics_read_by
from shared.database import Database
from shared.process import Parts, Process
from shared.workdays import national

NAME = "matching"
MIGRATIONS = Path(__file__).parent / "migrations"
TOPICS = tuple(topic.name for topic in topics_read_by(NAME) if topic.name != CATALOGUE)


def process(settings: MatchingSettings) -> Process:
    """All parts put together; nothing has been started."""
    clock = settings.clock()
    follower = CatalogueFollower(consumer_options(settings), settings.topic_prefix + CATALOGUE, service=NAME)
    database = Database(settings.postgres, NAME, f"{NAME}-releases-{settings.member}")
    releases = Releases(follower, database, clock, settings.matching_called_up_per_second)
    follower.on_switch = releases.prepare
    parts = Parts(
        service=Matching(releases, national().add_workdays),
        migrations=MIGRATIONS,
        topics=TOPICS,
        writes=(REFERRALS,),
        passed=MatchingDeadlinePassed,
        start=(follower.start,),
        background=(follower.run, releases.run),
        stop=(follower.stop, database.close),
    )
    return Process(settings, clock, Publisher(NAME, settings), parts)


async def main() -> None:
    """Run until a signal."""
    await process(MatchingSettings()).run()
