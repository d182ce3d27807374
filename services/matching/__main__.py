"""`python -m services.matching`: run it, migrate its schema, or print its accounts."""

from __future__ import annotations

from services.matching import store
from services.matching.app import MIGRATIONS, NAME, main
from services.matching.domain.demand import ENDED
from services.matching.settings import MatchingSettings
from shared import entry

ENTRY = entry.Entry(
    name=NAME,
    run=main,
    settings=MatchingSettings(),
    migrations=MIGRATIONS,
    clocked={"demand": sorted(ENDED)},
    more=store.books,
)

if __name__ == "__main__":
    entry.main(ENTRY)
