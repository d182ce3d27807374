"""The invented platform speaks by HTTP: the way of a partner that has an API key and no Kafka."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from freshwater.gate import Gate


class HttpVoice:
    """One key and one connection for each partner that has them."""

    def __init__(self, url: str, keys: Mapping[str, str]) -> None:
        self._gates = {partner: Gate(url, key) for partner, key in keys.items()}

    async def say(self, partner: str, events: Iterable[Mapping[str, Any]]) -> int:
        """Send them; returns how many were taken. What is refused is refused: a partner reads the answer and learns."""
        return sum(answer.taken for answer in await self._gates[partner].send(list(events)))

    async def close(self) -> None:
        for gate in self._gates.values():
            await gate.close()
