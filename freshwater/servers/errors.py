"""What can go wrong with the servers, said to a person."""

from __future__ import annotations

from shared.errors import FreshwaterError


class ServersError(FreshwaterError):
    """A server cannot be fetched, started or reached. The message says what happened, where, and what to do."""
