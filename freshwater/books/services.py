"""Asks the services for their accounts, each as a process of its own, all at the same time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import msgspec

from freshwater.books.accounts import Account, read_account
from freshwater.places import CHECKOUT
from shared.errors import FreshwaterError
from shared.ledger import Ask

Environment = Callable[[str], Mapping[str, str]]
"""What a service's process needs to know beside our own environment, by its name."""
PATIENCE_SECONDS = 900


class BooksError(FreshwaterError):
    """The books can not be looked at; the text says why, and what to do."""


def ask(asks: Mapping[str, Ask], environment: Environment) -> dict[str, Account]:
    """The accounts, by service. Raises BooksError with all that went wrong."""
    with ThreadPoolExecutor(len(asks)) as pool:
        answers = dict(zip(asks, pool.map(lambda name: _ask(name, asks[name], environment(name)), asks), strict=True))
    failed = [answer for answer in answers.values() if isinstance(answer, str)]
    if failed:
        raise BooksError("\n".join(failed))
    return {name: answer for name, answer in answers.items() if isinstance(answer, Account)}


def _ask(service: str, asked: Ask, environment: Mapping[str, str]) -> Account | str:
    """The account, or why there is none."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", f"services.{service}", "accounts", "--books"],
        input=msgspec.json.encode(asked),
        capture_output=True,
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), **environment},
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    if done.returncode == 0:
        return read_account(done.stdout)
    last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
    return f"{service} gives no account: {last[0]}. Has it ever run on this database (FRESHWATER_POSTGRES)?"
