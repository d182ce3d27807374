"""The lag that a member shows, at a moment at which aiokafka has no answer yet."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition
from aiokafka.consumer.subscription_state import SubscriptionState

from shared.consumer import Consumer


async def test_a_partition_that_was_just_assigned_ends_no_process() -> None:
    """A slow start was ended by it: the watch looked between the assignment and the answer of where to begin."""
    place, subscription = TopicPartition("freshwater.demands.v1", 0), SubscriptionState()
    subscription.subscribe({place.topic})
    subscription.assign_from_subscribed([place])
    consumer: Any = object.__new__(Consumer)
    consumer._shown = frozenset()
    consumer._subscriber = SimpleNamespace(
        consumer=SimpleNamespace(
            assignment=subscription.assigned_partitions,
            highwater=lambda _: 7,
            last_stable_offset=lambda _: 7,
            _subscription=subscription,
        )
    )
    assert consumer.observe_lag("tests") == 0
    subscription.subscription.assignment.state_value(place).reset_to(3)
    assert consumer.observe_lag("tests") == 4
