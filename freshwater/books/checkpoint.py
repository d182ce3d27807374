"""What the books keep from the last run that balanced, so that the next one reads only what is new."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import msgspec

from freshwater.books.agreement import Carried
from freshwater.books.facts import Facts
from shared.ledger import Became, Offsets

FORM = 1
"""Goes up when what is kept changes its shape: an older file is then not read."""


class Checkpoint(msgspec.Struct):
    """`read`: how far each topic was read; `counted`: by service, how far its journal was; `transactions`: by service,
    the oldest one that may have written what was not counted."""

    form: int = FORM
    read: Offsets = {}
    counted: dict[str, Offsets] = {}
    transactions: dict[str, int] = {}
    facts: Facts = msgspec.field(default_factory=Facts)
    became: dict[str, list[Became]] = {}
    carried: dict[str, Carried] = {}

    @property
    def empty(self) -> bool:
        return not self.read


_encode = msgspec.msgpack.Encoder().encode
_decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Checkpoint)


class Shelf:
    """The file of one installation: its name holds the cluster's id and the prefix of the topics."""

    def __init__(self, folder: Path, cluster: str, prefix: str) -> None:
        self.file = folder / re.sub(r"[^A-Za-z0-9_.-]", "-", f"{cluster}-{prefix}books")

    def load(self) -> Checkpoint:
        """What was kept; an empty one where nothing was, or nothing that can be read."""
        try:
            found: Checkpoint = _decoder.decode(self.file.read_bytes())
        except (FileNotFoundError, msgspec.MsgspecError):
            return Checkpoint()
        return found if found.form == FORM else Checkpoint()

    def keep(self, checkpoint: Checkpoint) -> None:
        """Whole or not at all."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        new = self.file.with_name(self.file.name + ".new")
        new.write_bytes(_encode(checkpoint))
        os.replace(new, self.file)
