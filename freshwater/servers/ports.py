"""Free ports on this machine's loopback."""

from __future__ import annotations

import random
import socket

HOST = "127.0.0.1"
# Below the range that Linux (32768-60999) and macOS (49152-65535) use for outgoing connections: a port of theirs can
# be taken without a listener, and a client that knocks at it while its server restarts can connect to itself.
CANDIDATES = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        # As servers do; otherwise the closed connections of the last run keep the port for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Any free one, chosen at random so that two starts at once seldom meet."""
    while not is_free(port := random.choice(CANDIDATES)):
        pass
    return port
