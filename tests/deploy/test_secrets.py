"""Secrets of a deployment: drawn once, whole, private, and all that the compose file asks for."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
import yaml

from freshwater.secret_files import ALL, make_missing
from shared.settings import Settings, with_password

COMPOSE = Path(__file__).parents[2] / "deploy" / "docker-compose.yml"


def test_every_secret_of_the_compose_file_is_drawn_and_no_other() -> None:
    asked = yaml.safe_load(COMPOSE.read_text("utf-8"))["secrets"]

    assert set(asked) == {each.name for each in ALL}


def test_what_is_there_stays_and_what_is_missing_is_drawn_anew(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    made = make_missing(folder)
    first = {file.name: file.read_text("ascii") for file in folder.iterdir()}
    (folder / "kafka-desk").unlink()

    assert set(made) == {each.name for each in ALL}
    assert make_missing(folder) == ["kafka-desk"]
    again = {file.name: file.read_text("ascii") for file in folder.iterdir()}
    assert again.pop("kafka-desk") != first.pop("kafka-desk")
    assert again == first


def test_the_folder_is_its_owners_and_nothing_can_be_guessed(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    make_missing(folder)
    drawn = [file.read_text("ascii") for file in folder.iterdir() if not file.name.startswith("chat-")]

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(set(drawn)) == len(drawn)
    assert all(len(text) >= 43 for text in drawn)
    assert len(base64.b64decode((folder / "vault-key").read_text("ascii"))) == 32


def test_a_password_goes_into_a_dsn_that_names_a_user_and_none() -> None:
    assert with_password("postgres://u@h:5432/d", "p/w@") == "postgres://u:p%2Fw%40@h:5432/d"
    assert with_password("postgres://u:kept@h/d", "other") == "postgres://u:kept@h/d"
    assert with_password("postgres://h/d", "p") == "postgres://h/d"


def test_settings_take_the_password_apart_from_the_dsn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRESHWATER_POSTGRES", "postgres://u@h/d")
    monkeypatch.setenv("FRESHWATER_POSTGRES_PASSWORD", "word")

    settings = Settings()

    assert settings.postgres == "postgres://u:word@h/d"
    assert "word" not in repr(settings.postgres_password)
