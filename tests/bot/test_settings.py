from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from bot.database import VERSION_TABLE, open_database
from bot.errors import SettingsError
from bot.settings import Settings, half_given, load_settings, unknown_names
from bot.wiring import run_service

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
        (
            "https://octocorp.ghe.com/",
            "https://api.octocorp.ghe.com",
            "https://api.octocorp.ghe.com/graphql",
        ),
        (
            "https://not-ghe.com",
            "https://not-ghe.com/api/v3",
            "https://not-ghe.com/api/graphql",
        ),
    ],
)
def test_one_address_serves_every_github(url: str, api: str, graphql: str) -> None:
    settings = Settings(github_url=url)

    assert (settings.api_url, settings.graphql_url) == (api, graphql)


def test_the_previous_secret_counts_while_it_is_changed() -> None:
    settings = load_settings(webhook_secret="new", webhook_secret_previous="old")

    assert settings.webhook_secrets == (b"new", b"old")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("APP_ID", "shop", "TWOSTEP_APP_ID: it must be a whole number"),
        ("PORT", "80000", "TWOSTEP_PORT: it must be at most 65535"),
        ("REVIEWS_AT_ONCE", "0", "TWOSTEP_REVIEWS_AT_ONCE: it must be at least 1"),
        ("SERVE_JOBS", "maybe", "TWOSTEP_SERVE_JOBS: it must be true or false"),
        ("PRIVATE_KEY", "/etc/key.pem", "what is needed is the content of the key's file"),
        ("PUBLIC_URL", "twostep.example.org", "TWOSTEP_PUBLIC_URL: an address such as"),
        ("DATABASE_URL", "mysql://db/x", "TWOSTEP_DATABASE_URL: an address such as postgresql:"),
        ("SECRETS_DIR", "/nowhere", "TWOSTEP_SECRETS_DIR: there is no such directory"),
    ],
)
def test_a_setting_that_cannot_work_is_told_in_one_line(
    name: str,
    value: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(f"TWOSTEP_{name}", value)

    assert run_service("serve") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("twostep: ")
    assert said in line


def test_what_the_settings_lead_to_and_is_not_there_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A database that nobody answers for, or of another program or version, a directory that cannot be made, a key that signs nothing."""
    (tmp_path / "file").touch()
    for name in ("shut", "other", "newer", "kept"):
        (tmp_path / name).mkdir()
    (tmp_path / "shut" / "twostep.sqlite").mkdir()
    (tmp_path / "other" / "twostep.sqlite").write_text("no database, " * 99)
    url = f"sqlite:///{tmp_path}/newer/twostep.sqlite"
    newer = open_database(url)
    with newer.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '0099_later'")
    newer.dispose()
    (tmp_path / "kept" / "credentials.json").write_text('{"private_key": "abc"}')
    wrong = (
        ({"DATA_DIR": str(tmp_path / "shut")}, "shut/twostep.sqlite cannot be opened: unable to"),
        ({"DATA_DIR": str(tmp_path / "other")}, "other/twostep.sqlite cannot be opened: file is"),
        ({"DATA_DIR": str(tmp_path / "newer")}, "does not know (0099_later), a newer one"),
        ({"DATA_DIR": str(tmp_path / "kept")}, "kept/credentials.json: private_key: it is neither"),
        ({"DATABASE_URL": "postgresql://a:hunter2@127.0.0.1:1/x"}, "DATABASE_URL: the database"),
        ({"DATA_DIR": str(tmp_path / "file" / "in")}, "Not a directory"),
        ({"APP_ID": "1", "WEBHOOK_SECRET": "s", "PRIVATE_KEY": KEY}, "PRIVATE_KEY: the key cannot"),
    )
    for given, said in wrong:
        with monkeypatch.context() as patched:
            for name, value in given.items():
                patched.setenv(f"TWOSTEP_{name}", value)
            assert run_service("serve") == 2
        error = capsys.readouterr().err
        assert said in error.splitlines()[-1]
        assert "Traceback" not in error
        assert "hunter2" not in error


def test_names_that_are_no_settings_and_credentials_that_are_not_whole_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TWOSTEP_WEBHOK_SECRET", "s")
    monkeypatch.setenv("TWOSTEP_APP_ID", "5")

    assert unknown_names() == ["TWOSTEP_WEBHOK_SECRET"]
    lacking = (
        "a part of the App's credentials is not set: TWOSTEP_PRIVATE_KEY, TWOSTEP_WEBHOOK_SECRET"
    )
    assert half_given(load_settings()) == lacking
    monkeypatch.delenv("TWOSTEP_APP_ID")
    assert half_given(load_settings()) == ""
