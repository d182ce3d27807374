"""YAML with places: plain data, and for every value the line where it stands.

YAML 1.1 turns `no` into false, 12:30 into 750 and 0111 into 73; a catalogue is full of such words and codes. Here only
`true`, `false`, `null` and plain decimal numbers are anything but text, and a key that stands twice is a fault.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from shared.catalogue.problems import Path

_INTEGER = re.compile(r"^(0|-?[1-9][0-9]*)$")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}
_DEEPEST = 20


@dataclass(slots=True)
class Document:
    """A file's data, the line of each path in it, and what is wrong with the text itself."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[tuple[Path, int, str]] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of a path, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(text: str) -> Document:
    """Read one document. Never raises for what is in the text: its faults are in `faults`."""
    document = Document()
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        document.faults.append(((), mark.line + 1 if mark else 1, f"not YAML: {error.problem}"))
        return document
    except (yaml.YAMLError, RecursionError) as error:
        document.faults.append(((), 1, f"not YAML: {type(error).__name__}"))
        return document
    if root is not None:
        document.data = _value(root, (), document)
    return document


def _value(node: yaml.Node, path: Path, document: Document) -> Any:
    document.lines[path] = node.start_mark.line + 1
    if len(path) > _DEEPEST:
        document.faults.append((path, node.start_mark.line + 1, "nested too deeply (an alias that holds itself?)"))
        return None
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, document)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, place), document) for place, item in enumerate(node.value)]
    return _scalar(node)


def _mapping(node: yaml.MappingNode, path: Path, document: Document) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        if key in found:
            document.faults.append(((*path, key), key_node.start_mark.line + 1, "stands twice; only one can hold"))
        found[key] = _value(value_node, (*path, key), document)
        document.lines[*path, key] = key_node.start_mark.line + 1
    return found


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if getattr(node, "style", None) is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.match(text) and len(text) < 20 else text
