"""No byte of Kafka is run that jars.lock does not pin."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from freshwater.servers import ServersError
from freshwater.servers.jars import ensure_jars
from freshwater.servers.lock import KAFKA, LOCK_FILE, LOGGING, Jar, read_lock

RIGHT = b"the bytes that are pinned" * 1000
JAR = Jar("org.example", "thing", "1.0", hashlib.sha256(RIGHT).hexdigest())


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is served as the place jars come from; it holds the right jar."""
    folder = tmp_path / "mirror"
    (folder / JAR.path).parent.mkdir(parents=True)
    (folder / JAR.path).write_bytes(RIGHT)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("FRESHWATER_MAVEN_MIRROR", f"http://127.0.0.1:{server.server_port}")
        yield folder
        server.shutdown()


async def test_a_missing_jar_is_fetched_and_a_right_one_left_alone(mirror: Path, tmp_path: Path) -> None:
    told: list[str] = []
    assert await ensure_jars(tmp_path / "jars", told.append, [JAR]) == [JAR.path]
    assert (tmp_path / "jars" / JAR.path).read_bytes() == RIGHT
    assert told == ["Fetching Kafka: 1 files", "Fetching Kafka: 1 of 1 files"]

    (mirror / JAR.path).unlink()
    await ensure_jars(tmp_path / "jars", told.append, [JAR])
    assert len(told) == 2


@pytest.mark.usefixtures("mirror")
@pytest.mark.parametrize("found", [b"", RIGHT[:100], RIGHT + b"x"], ids=["empty", "broken off", "changed"])
async def test_a_jar_with_other_bytes_is_fetched_again(tmp_path: Path, found: bytes) -> None:
    file = tmp_path / "jars" / JAR.path
    file.parent.mkdir(parents=True)
    file.write_bytes(found)
    await ensure_jars(tmp_path / "jars", print, [JAR])
    assert file.read_bytes() == RIGHT


async def test_a_place_that_serves_other_bytes_is_refused(mirror: Path, tmp_path: Path) -> None:
    (mirror / JAR.path).write_bytes(RIGHT + b"evil")
    with pytest.raises(ServersError, match=f"org.example:thing:1.0 was refused: .* jars.lock pins {JAR.sha256}"):
        await ensure_jars(tmp_path / "jars", print, [JAR])
    assert not (tmp_path / "jars" / JAR.path).exists()


async def test_no_network_is_said_with_what_to_do(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (mirror / JAR.path).unlink()
    with pytest.raises(ServersError, match=r"FRESHWATER_MAVEN_MIRROR.*REQUESTS_CA_BUNDLE"):
        await ensure_jars(tmp_path / "jars", print, [JAR])


def test_the_lock_pins_kafka_with_a_logger_and_names_no_host() -> None:
    pinned = read_lock()
    assert {KAFKA, LOGGING} <= {jar.coordinate for jar in pinned}
    assert all(re.fullmatch(r"[0-9a-f]{64}", jar.sha256) for jar in pinned)
    assert "://" not in LOCK_FILE.read_text("utf-8")
