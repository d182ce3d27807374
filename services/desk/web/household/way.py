"""What the household's pages need of the gate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from services.desk.domain.replies import Reply


class Way(Protocol):
    """The way in for what a household types; nothing of it is kept here."""

    async def submit(self, body: Mapping[str, Any], demand: UUID | None) -> Reply: ...

    async def say(self, what: str, data: Mapping[str, Any], demand: UUID, act: UUID) -> Reply: ...

    async def paper(self, content: bytes, media_type: str, kind: str, demand: UUID) -> Reply: ...

    async def ask_code(self, phone: str) -> Reply: ...

    async def show_code(self, identifier: str, phone: str, code: str) -> Reply: ...

    async def verdict(self, receipt: str) -> Reply | None: ...
