"""FastStream's broker, with what must not be left to its defaults, and with consumers that wait for records."""

from __future__ import annotations

from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLScram512

from shared.broker import REQUEST_TIMEOUT_MS, security_options
from shared.settings import Settings

METADATA_MS = 10_000
PIECE_MS = 500
"""How long a consumer waits at a stretch where nothing comes."""


class PatientConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """Hands out records as soon as there are any, and nothing else.

    FastStream asks, sleeps as long as it has asked in vain, and asks again: either a hundred times a second for
    nothing, or up to as long too late.
    """

    async def getmany(self, *partitions: Any, timeout_ms: int = 0, max_records: int | None = None) -> Any:
        while True:
            # In pieces: errors of the group are raised between them.
            found = await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=max_records)
            if found:
                return found


class PatientBroker(KafkaBroker):
    """Makes such consumers."""

    async def _connect(self) -> Any:
        made: Any = await super()._connect()
        config: Any = self.config.broker_config
        config.builder = partial(PatientConsumer, **made.keywords)
        return config.builder


def kafka_broker(service: str, settings: Settings) -> KafkaBroker:
    """FastStream's broker with what must not be left to its defaults."""
    known = security_options(settings)
    context, encrypted = known.get("ssl_context"), settings.kafka_security_protocol.endswith("SSL")
    security = BaseSecurity(ssl_context=context, use_ssl=encrypted) if encrypted else None
    if settings.kafka_user:
        password = settings.kafka_password or ""
        security = SASLScram512(settings.kafka_user, password, ssl_context=context, use_ssl=encrypted)
    return PatientBroker(
        settings.bootstrap,
        client_id=f"{service}-{settings.member}",
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        # A door that is made while intake runs is found when the metadata are asked for again: not after five minutes.
        metadata_max_age_ms=METADATA_MS,
        # Neither its producer nor its admin client is used: what is published goes by our own (shared/broker.py).
        consumer_only=True,
        allow_auto_create_topics=False,
        graceful_timeout=25,
        security=security,
        logger=None,
    )
