"""Secrets of a deployment: drawn once, whole, private, and all that the compose file asks for."""

from __future__ import annotations

import base64
import re
import stat
from pathlib import Path

import pytest
import yaml

from freshwater.deployment.secret_files import ALL, make_missing
from shared.settings import Settings, with_password

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE = sorted(DEPLOY.glob("docker-compose*.yml"))
BY_HAND = {"smtp-password", "chat-technical", "chat-business"}


def test_every_secret_of_the_compose_file_is_drawn_and_no_other() -> None:
    asked = [yaml.load(file.read_text("utf-8"), _Compose).get("secrets", {}) for file in COMPOSE]  # noqa: S506

    assert {name for each in asked for name in each} == {each.name for each in ALL}


def test_every_variable_of_the_compose_files_stands_in_the_example_of_settings() -> None:
    used = {name for file in COMPOSE for name in re.findall(r"(?<!\$)\$\{([A-Z_]+)", file.read_text("utf-8"))}
    listed = re.findall(r"^([A-Z_]+)=", (DEPLOY / ".env.example").read_text("utf-8"), re.MULTILINE)

    assert sorted(listed) == sorted(used)


def test_what_runs_is_hardened_and_bounded() -> None:
    services = yaml.load((DEPLOY / "docker-compose.yml").read_text("utf-8"), _Compose)["services"]  # noqa: S506
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["logging"]["options"]["max-size"], name
        assert service["mem_limit"], name
        assert service["pids_limit"], name
        assert service["restart"] in ("no", "unless-stopped"), name
        assert all(port.startswith("${") for port in service.get("ports", [])), name
        assert not [entry for entry in service.get("environment", {}) if "PASSWORD" in entry and "FILE" not in entry]


class _Compose(yaml.SafeLoader):
    """Knows Compose's own tags."""


_Compose.add_constructor("!override", lambda loader, node: loader.construct_sequence(node))  # type: ignore[arg-type]
_Compose.add_constructor("!reset", lambda loader, node: None)


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
    drawn = [file.read_text("ascii") for file in folder.iterdir() if file.name not in BY_HAND]

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
