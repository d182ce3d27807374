"""Guessing a password ends after a few tries: the account is locked for a time, and says so.

A try is counted before it is looked at, so that a thousand tries at once are a thousand tries; the right password
forgets them.
"""

from __future__ import annotations

from datetime import timedelta

FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
