"""`python -m services.intake erasures`: forget again what was erased since a backup of the vault was made.

A restored vault has keys that were deleted after the backup. The topic of households says whose. To delete a key that
is gone changes nothing, so this bears repeating.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from services.intake.settings import IntakeSettings
from shared.broker import consumer_options
from shared.contracts.envelope import Data
from shared.contracts.households import Erased
from shared.contracts.registry import UnreadableEvent, read_event
from shared.contracts.topics import HOUSEHOLDS
from shared.settings import Settings
from shared.vault import Vault

_ERASED: dict[str, type[Data]] = {Erased.TYPE: Erased}
_TYPE = Erased.TYPE.encode()


async def replay_erasures(arguments: list[str]) -> None:
    """Erase again every household that the topic says was erased; prints how many."""
    try:
        count = await erase_again(IntakeSettings())
    except KafkaError as error:
        sys.stderr.write(f"erasures: Kafka does not answer ({type(error).__name__}): nothing may start before this\n")
        raise SystemExit(1) from None
    print(f"{count} households erased again")


async def erase_again(settings: IntakeSettings) -> int:
    """Returns how many households the topic says were erased. Raises KafkaError."""
    vault = Vault(settings.vault, settings.masters)
    await vault.start()
    try:
        households = {household async for household in erased(settings)}
        for household in sorted(households):
            await vault.erase(household)
    finally:
        await vault.stop()
    return len(households)


async def erased(settings: Settings) -> AsyncIterator[UUID]:
    """Households by the erasures on the topic, from its beginning to where it ends now. Raises KafkaError."""
    consumer = AIOKafkaConsumer(**consumer_options(settings))
    await consumer.start()
    try:
        name = settings.topic_prefix + HOUSEHOLDS
        places = [TopicPartition(name, partition) for partition in range(settings.keyed_partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        while [place for place in places if await consumer.position(place) < ends[place]]:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    if (found := _household(record)) is not None:
                        yield found
    finally:
        await consumer.stop()


def _household(record: Any) -> UUID | None:
    """Whose erasure a record is, if it is one. Our own topic; what cannot be read there is none."""
    if record.value is None or _TYPE not in record.value:
        return None
    try:
        event = read_event(record.value, _ERASED)
    except UnreadableEvent:
        return None
    return UUID(str(event.subject))
