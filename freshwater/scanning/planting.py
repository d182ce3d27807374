"""Something to be found: an invented telephone number in a topic, a table and a log of the scan's own."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from shared.librdkafka import client_options
from shared.settings import Settings

PLACES = 3


@asynccontextmanager
async def planted(settings: Settings, folder: Path) -> AsyncIterator[frozenset[str]]:
    """The places where it stands as long as the block lasts."""
    word, number = secrets.token_hex(4), f"199{secrets.randbelow(10**8):08d}"
    topic, table = f"{settings.topic_prefix}freshwater.planted-{word}", f"planted_{word}"
    log = folder / "logs" / f"planted-{word}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    options = client_options(settings)
    admin = AdminClient(options)
    connection = await asyncpg.connect(settings.postgres, timeout=10)
    try:
        await asyncio.to_thread(_publish, admin, options, topic, number)
        await connection.execute(f'CREATE TABLE public."{table}" (remark text)')
        await connection.execute(f'INSERT INTO public."{table}" VALUES ($1)', f"call {number} back")  # noqa: S608
        log.write_text(f'{{"event": "planted", "detail": "{number}"}}\n', "ascii")
        yield frozenset({f"topic {topic}", f"table public.{table}", f"log {log.name}"})
    finally:
        log.unlink(missing_ok=True)
        await connection.execute(f'DROP TABLE IF EXISTS public."{table}"')
        await connection.close()
        for future in admin.delete_topics([topic]).values():
            await asyncio.to_thread(future.exception, 10)


def _publish(admin: AdminClient, options: dict[str, Any], topic: str, number: str) -> None:
    for future in admin.create_topics([NewTopic(topic, 1, 1)]).values():
        future.result(10)
    producer = Producer(options)
    producer.produce(topic, value=f'{{"remark": "{number}"}}')
    producer.flush(10)
