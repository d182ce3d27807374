"""Who hears what, for the documentation, and the short messages for the operators that approve them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from freshwater.places import CHECKOUT
from shared.catalogue import Release
from shared.catalogue.rules_messages import longest_of, parts_of

FEEDBACK_DOCUMENT = CHECKOUT / "docs" / "feedback.md"


def feedback_document(folder: Path) -> str:
    """The whole document: the words are notify's, so its own command writes it."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "services.notify", "document", str(folder.absolute())],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        check=True,
    )
    return done.stdout.decode("utf-8")


def short_messages(release: Release, channel: str) -> Iterator[dict[str, Any]]:
    """What an operator is asked to approve, or has approved under `approved_as`."""
    for message in release.short_messages.values():
        for way, approved in message.approved.items():
            if way == channel:
                longest = longest_of(message)
                yield {
                    "id": message.id,
                    "approved_as": approved,
                    "text": message.text,
                    "parameters": {name: each.longest for name, each in message.parameters.items()},
                    "longest": longest,
                    "parts": parts_of(longest),
                }
