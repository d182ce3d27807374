"""The failures that the loop tells apart. Their texts never hold a value from an event: it may be personal."""

from __future__ import annotations


class FreshwaterError(Exception):
    """Anything of ours that goes wrong in a known way."""


class Stale(FreshwaterError):
    """Another member was faster: a row, revision or counter is not what this batch was decided on. Take it again."""


class BatchTooOld(FreshwaterError):
    """The batch took so long that its partitions may belong to somebody else: do not publish, let it come again."""


class TooManyDeadLetters(FreshwaterError):
    """Not single records are bad but the stream is: stop before it has all become dead letters."""


class Fatal(FreshwaterError):
    """This process can not go on safely (a producer that lost its sequence): end it, the next one replays."""


class SettingsProblem(FreshwaterError):
    """The settings contradict one another; the text names each and says what is allowed."""
