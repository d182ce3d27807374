"""The papers of a demand inside the page that shows an identity once: no second address could be opened later."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from services.notify.domain.disclosure import shows
from shared.vault import File, Opener

MOST = 12
"""Papers on one page. One is never larger than what the gate takes."""


async def opened(
    opener: Opener, household: UUID, kept: Iterable[tuple[UUID, str]], fields: Collection[str]
) -> list[File]:
    """Those that a leave shows; what is in the vault no more is left out. Raises Erased, SealBroken, one of LOST."""
    wanted = [file for file, kind in kept if shows(fields, kind)][:MOST]
    found = [await opener.open_file(household, file) for file in wanted]
    return [file for file in found if file is not None]


def as_json(files: Iterable[File]) -> list[dict[str, Any]]:
    """For programs: kind, media type, hash and content."""
    return [{**_facts(file), "content": _text(file)} for file in files]


def on_page(files: Iterable[File]) -> list[dict[str, Any]]:
    """For the page: an image is shown, anything else is saved; nothing is fetched."""
    return [
        {
            **_facts(file),
            "image": file.facts.media_type.startswith("image/"),
            "source": f"data:{file.facts.media_type};base64,{_text(file)}",
        }
        for file in files
    ]


def _facts(file: File) -> dict[str, str]:
    return {"kind": file.facts.kind, "media_type": file.facts.media_type, "sha256": file.facts.sha256}


def _text(file: File) -> str:
    return base64.b64encode(file.content).decode()
