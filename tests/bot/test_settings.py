from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Settings, load_settings

KEY = "-----BEGIN PRIVATE KEY-----\nYWJj\n-----END PRIVATE KEY-----\n"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("TWOSTEP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TWOSTEP_DATA_DIR", str(tmp_path))


@pytest.mark.parametrize(
    "given", [KEY, KEY.replace("\n", "\\n"), base64.b64encode(KEY.encode()).decode()]
)
def test_a_key_is_taken_in_each_form_in_which_people_give_it(given: str) -> None:
    key = load_settings(private_key=given).private_key

    assert key is not None
    assert key.get_secret_value() == KEY


def test_what_the_setup_page_stored_is_used_unless_the_environment_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = {"app_id": 5, "private_key": KEY, "webhook_secret": "s", "unknown": 1}
    (tmp_path / "credentials.json").write_text(json.dumps(stored))

    assert load_settings().configured
    assert load_settings().app_id == 5
    monkeypatch.setenv("TWOSTEP_APP_ID", "6")
    assert load_settings().app_id == 6


def test_secrets_come_from_files_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "twostep_webhook_secret").write_text("from a file\n")
    monkeypatch.setenv("TWOSTEP_SECRETS_DIR", str(tmp_path))

    assert load_settings().webhook_secrets == (b"from a file",)


def test_a_mistake_names_the_setting_and_not_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOSTEP_PRIVATE_KEY", "hunter2 hunter2")
    monkeypatch.setenv("TWOSTEP_GITHUB_URL", "https://user:hunter2@example.org")

    with pytest.raises(SettingsError) as error:
        load_settings()

    assert "TWOSTEP_PRIVATE_KEY" in str(error.value)
    assert "TWOSTEP_GITHUB_URL" in str(error.value)
    assert "hunter2" not in str(error.value)


def test_nothing_secret_is_in_the_settings_text() -> None:
    settings = load_settings(
        private_key=KEY, webhook_secret="hunter2", database_url="postgresql://u:hunter2@db/x"
    )

    assert "hunter2" not in repr(settings)
    assert "YWJj" not in repr(settings)


@pytest.mark.parametrize(
    ("url", "api", "graphql"),
    [
        ("https://github.com", "https://api.github.com", "https://api.github.com/graphql"),
        ("https://ghe.example/", "https://ghe.example/api/v3", "https://ghe.example/api/graphql"),
    ],
)
def test_one_address_serves_an_enterprise_server(url: str, api: str, graphql: str) -> None:
    settings = Settings(github_url=url)

    assert (settings.api_url, settings.graphql_url) == (api, graphql)


def test_the_previous_secret_counts_while_it_is_changed() -> None:
    settings = load_settings(webhook_secret="new", webhook_secret_previous="old")

    assert settings.webhook_secrets == (b"new", b"old")
