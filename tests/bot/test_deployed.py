"""``--deployed``: what runs is named on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli import main
from bot.git.fast_import import Commit, make_repository
from tests.analyzers.test_deployed import WAYS

WAY = WAYS["Django's column, state first"]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The first half is merged; ``v1`` is what was deployed before it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    first = [Commit(branch=name, files={**WAY.before}) for name in ("v1", "main")]
    second = Commit(branch="main", files={**WAY.first})
    third = Commit(branch="drop", parent="main", files={**WAY.second})
    make_repository(tmp_path / "shop", [*first, second, third])
    return tmp_path / "shop"


def said(
    shop: Path, capsys: pytest.CaptureFixture[str], *more: str
) -> tuple[int, dict[str, object]]:
    arguments = ["review", str(shop), "--base", "main", "--head", "drop", "--format", "json"]
    code = main([*arguments, *more])
    return code, json.loads(capsys.readouterr().out)


def test_what_runs_is_asked_for(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each review is kept for its own question: what was said without does not answer it."""
    assert [said(shop, capsys)[0] for _ in range(2)] == [0, 0]
    for _ in range(2):
        code, document = said(shop, capsys, "--deployed", "v1")

        assert code == 1
        assert document["deployed"]["name"] == "v1"  # type: ignore[index]
        assert "the code that runs (v1) still knows it" in str(document["findings"])
    code, document = said(shop, capsys, "--deployed", "main")
    assert code == 0
    assert "deployed" not in document


def test_what_is_not_there_is_said(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", str(shop), "--base", "main", "--head", "drop", "--deployed", "v9"]) == 2
    assert "--deployed: there is no commit called 'v9' here" in capsys.readouterr().err
