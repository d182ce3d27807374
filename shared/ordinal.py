"""Which member of its group this host is: the number at the end of its name, as whoever made it counted.

A stateful set names its host matching-2. A scaled container's host has a random name, and the network's own name server
knows the one with the number (freshwater-matching-2). It is asked directly: by way of the resolver /etc/hosts would
answer first, with the random name.
"""

from __future__ import annotations

import re
import secrets
import socket
import struct
from contextlib import suppress
from pathlib import Path

RESOLVER = Path("/etc/resolv.conf")
PORT = 53
SECONDS = 2.0
_PTR, _INTERNET, _RECURSE = 12, 1, 0x0100
_NUMBER = re.compile(r"[-_](\d{1,4})$")


def ordinal_of_host() -> int | None:
    """The number, or None where no name has one: then the member is dynamic, safe and only slower after a kill."""
    own = socket.gethostname()
    found = _NUMBER.search(own.partition(".")[0])
    with suppress(OSError, IndexError, UnicodeDecodeError, struct.error):
        found = found or _NUMBER.search(name_of(socket.gethostbyname(own)).partition(".")[0])
    return int(found[1]) if found else None


def name_of(address: str) -> str:
    """The name that the first name server gives an IPv4 address. Raises OSError; "" where it knows none."""
    server = re.search(r"^nameserver\s+([\d.]+)\s*$", RESOLVER.read_text("ascii"), re.MULTILINE)
    if server is None:
        return ""
    number = secrets.randbits(16)
    labels = [*reversed(address.split(".")), "in-addr", "arpa"]
    asked = b"".join(bytes([len(label)]) + label.encode("ascii") for label in labels) + b"\0"
    query = struct.pack(">6H", number, _RECURSE, 1, 0, 0, 0) + asked + struct.pack(">2H", _PTR, _INTERNET)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.settimeout(SECONDS)
        channel.connect((server[1], PORT))
        channel.send(query)
        answer = channel.recv(512)
    return first_name(answer, len(query)) if answer[:2] == query[:2] else ""


def first_name(answer: bytes, start: int) -> str:
    """The first label of the first record behind a question that ends at `start`: all that is wanted of the name."""
    if struct.unpack(">H", answer[6:8])[0] == 0:
        return ""
    # The record's own name is a pointer of two bytes, or the labels once more.
    place = start
    while answer[place] and answer[place] < 0xC0:
        place += answer[place] + 1
    place += 2 if answer[place] else 1
    place += 10
    return answer[place + 1 : place + 1 + answer[place]].decode("ascii")
