"""What a group has committed, asked of a broker that goes away and comes back: refusals are errors, never an end."""

from __future__ import annotations

import asyncio
import sys

from freshwater.servers import Servers

ASKER = """
import sys
from confluent_kafka import KafkaException
from shared.librdkafka import GroupOffsets

groups = [GroupOffsets({"bootstrap.servers": sys.argv[1], "log_level": 0}, f"asked-{number}") for number in range(20)]
while True:
    for number, group in enumerate(groups):
        try:
            said = str(group.committed([("nowhere", 0)], 2.0))
        except KafkaException as refused:
            said = refused.args[0].name()
        print(number, said, flush=True)
"""
NOTHING = "{('nowhere', 0): 0}"


async def test_asking_what_was_committed_outlives_a_restart_of_the_broker(own_servers: Servers) -> None:
    """In a process of its own: what librdkafka does wrong ends a process, and no test could say so."""
    asker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ASKER, ",".join(own_servers.kafka), stdout=asyncio.subprocess.PIPE
    )
    assert asker.stdout is not None
    try:
        await _all_answered(asker.stdout, "before")
        await own_servers.kafka_server.restart()
        await _all_answered(asker.stdout, "after")
    finally:
        if asker.returncode is None:
            asker.kill()
        await asker.wait()


async def _all_answered(lines: asyncio.StreamReader, when: str) -> None:
    """Read until each group has been told that it committed nothing, from the next line on."""
    missing = set(range(20))
    async with asyncio.timeout(60):
        while missing:
            line = (await lines.readline()).decode()
            assert line, f"it ended {when} the restart; {len(missing)} groups had no answer"
            number, _, said = line.strip().partition(" ")
            if said == NOTHING:
                missing.discard(int(number))
