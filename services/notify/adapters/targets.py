"""Where a webhook may go: https, and an address that belongs to nobody's inside. Looked up and checked before each use.

The request goes to the checked address itself, so that a name which is looked up again can not lead elsewhere.
"""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

KEEP_SECONDS = 30.0
LONGEST_KEPT = 4096
_NAT64 = IPv6Network("64:ff9b::/96")


class TargetRefused(Exception):
    """This address is not to be used; `reason` is a short code, the same for all who look."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address to connect to, and the name under which the recipient knows itself."""

    url: str
    authority: str
    name: str


class Targets:
    """Checks addresses. `http` and `private` are for machines of one's own, never for the public network."""

    def __init__(self, *, http: bool = False, private: bool = False) -> None:
        self._http, self._private = http, private
        self._known: dict[str, tuple[float, Target]] = {}

    async def of(self, url: str) -> Target:
        """The target behind a URL. Raises TargetRefused, and OSError where its name is not known."""
        kept = self._known.get(url)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        target = await self._look_up(url)
        if len(self._known) >= LONGEST_KEPT:
            self._known.clear()
        self._known[url] = (time.monotonic() + KEEP_SECONDS, target)
        return target

    async def _look_up(self, url: str) -> Target:
        parts = self._checked(url)
        name, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
        addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        # One inside address among several is enough to refuse: which of them is used is not ours to choose.
        if not addresses or not (self._private or all(is_public(address) for address in addresses)):
            raise TargetRefused("private_address")
        first = addresses[0]
        host = f"[{first}]" if first.version == 6 else str(first)
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        return Target(f"{parts.scheme}://{host}:{port}{path}", parts.netloc, name)

    def _checked(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise TargetRefused("malformed_url") from None
        if parts.scheme not in (("https", "http") if self._http else ("https",)):
            raise TargetRefused("not_https")
        if not parts.hostname or port == 0 or "@" in parts.netloc:
            raise TargetRefused("malformed_url")
        return parts


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address lies on the public network, seen through the ways of writing one inside another."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast
