"""Chance that can be repeated: the same seed and names give the same draws, in whatever order they are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import TypeVar

T = TypeVar("T")


def chance(seed: int, *names: object) -> Random:
    """A generator of its own for one thing that has a name."""
    return Random("/".join(map(str, (seed, *names))))


def pick(rng: Random, weights: Mapping[T, float]) -> T:
    """One of the keys, by its weight."""
    left = rng.random() * sum(weights.values())
    for each, weight in weights.items():
        left -= weight
        if left < 0:
            return each
    return next(reversed(list(weights)))


def one_of(rng: Random, choices: Sequence[T]) -> T:
    """One of them, all alike."""
    return choices[int(rng.random() * len(choices))]


def between(rng: Random, low: float, high: float) -> float:
    return low + rng.random() * (high - low)


def hours(rng: Random, low: float, high: float) -> timedelta:
    """A delay of so many hours."""
    return timedelta(hours=between(rng, low, high))
