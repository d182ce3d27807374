"""A real Kafka and a real PostgreSQL from Python packages alone, for demo, tests and development.

    async with servers() as found:
        found.kafka      # ["127.0.0.1:23456"]
        found.postgres   # "postgresql://postgres:...@127.0.0.1:24567/postgres", the superuser

FRESHWATER_KAFKA and FRESHWATER_POSTGRES name servers of one's own, which are then used and never stopped.
FRESHWATER_HOME moves downloads and data, FRESHWATER_MAVEN_MIRROR the place the jars of Kafka come from.
"""

from __future__ import annotations

from freshwater.servers.errors import ServersError
from freshwater.servers.running import Servers, servers
from freshwater.servers.server import Server

__all__ = ["Server", "Servers", "ServersError", "servers"]
