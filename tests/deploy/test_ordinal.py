"""The ordinal of a member from its host's name."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared import ordinal

NAME = b"\x15freshwater-matching-3\x11freshwater_inside\x00"


def answer_to(query: bytes, name: bytes, *, pointer: bool) -> bytes:
    """What a name server says to a reverse question; the record's own name as a pointer or written out."""
    question = query[12:]
    head = query[:2] + struct.pack(">5H", 0x8180, 1, 1, 0, 0)
    own = b"\xc0\x0c" if pointer else question[:-4]
    return head + question + own + struct.pack(">2HIH", 12, 1, 600, len(name)) + name


@pytest.fixture(params=[True, False])
def server(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A name server of one question, at a port of its own; the module believes that it is port 53."""
    channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    channel.bind(("127.0.0.1", 0))
    port = channel.getsockname()[1]

    def serve() -> None:
        query, asker = channel.recvfrom(512)
        channel.sendto(answer_to(query, NAME, pointer=request.param), asker)

    threading.Thread(target=serve, daemon=True).start()
    resolver = tmp_path / "resolv.conf"
    resolver.write_text("# made here\nnameserver 127.0.0.1\noptions ndots:0\n")
    monkeypatch.setattr(ordinal, "RESOLVER", resolver)
    monkeypatch.setattr(ordinal, "PORT", port)
    yield
    channel.close()


@pytest.mark.usefixtures("server")
def test_a_scaled_container_learns_its_number_from_the_networks_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "050ecb118d2f")
    monkeypatch.setattr(socket, "gethostbyname", lambda _: "172.30.1.9")

    assert ordinal.ordinal_of_host() == 3


def test_a_stateful_set_has_it_in_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "matching-12.matching.default")

    assert ordinal.ordinal_of_host() == 12


def test_without_a_name_server_a_member_is_dynamic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordinal, "RESOLVER", tmp_path / "none")
    monkeypatch.setattr(socket, "gethostname", lambda: "laptop")
    monkeypatch.setattr(socket, "gethostbyname", lambda _: "127.0.0.1")

    assert ordinal.ordinal_of_host() is None
