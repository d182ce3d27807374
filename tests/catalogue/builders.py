"""A small catalogue in YAML, whole by itself, for tests that break one thing in it."""

from __future__ import annotations

from pathlib import Path

SMALL = Path(__file__).with_name("small.yaml").read_text("utf-8")


def write(folder: Path, text: str = SMALL) -> Path:
    """The text as the only file of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "all.yaml").write_text(text, "utf-8")
    return folder


def changed(old: str, new: str, text: str = SMALL) -> str:
    """The small catalogue with one thing replaced; the thing must stand in it exactly once."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)
