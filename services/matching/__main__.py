"""`python -m services.matching`: run it, migrate its schema, or print its accounts."""

from __future__ import annotations

from services.matching import store
from services.matching.app import MIGRATIONS, main
from services.matching.settings import MatchingSettings
from shared import entry

if __name__ == "__main__":
    entry.main(
        entry.Entry(
            name="matching",
            run=main,
            settings=MatchingSettings(),
            migrations=MIGRATIONS,
            clocked={"demand": ["closed", "funded", "dormant"]},
            more=store.books,
        )
    )
