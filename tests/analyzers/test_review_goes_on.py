"""A part of a review that breaks takes no other along, and is no silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analyzers import review as reviewing
from analyzers.config import Config
from analyzers.findings import Finding, Severity
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule, all_rules
from analyzers.trees import Comparison, MemoryTree
from bot.cli import main
from bot.git.fast_import import make_repository
from bot.reviewing import review_repository
from tests.git.test_compare import FORK
from tests.support.worlds import START, add, migration, path


def _breaks(facts: Facts) -> Iterator[Finding]:
    raise ZeroDivisionError(facts.comparison.text_conflicts)


def _runs_out(_facts: Facts) -> Iterator[Finding]:
    raise MemoryError


def _with(monkeypatch: pytest.MonkeyPatch, check: Callable[[Facts], Iterator[Finding]]) -> None:
    """The rules, and before them one that always fails."""
    broken = Rule("analyzers.rules.always_fails", Severity.ERROR)
    broken(check)
    rules = (broken, *all_rules())
    monkeypatch.setattr(reviewing, "all_rules", lambda: rules)


@pytest.fixture
def with_a_broken_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    _with(monkeypatch, _breaks)


def _forked() -> Comparison:
    tax = {path("0003_tax"): migration("0002_total", operations=add("tax"))}
    note = {path("0003_note"): migration("0002_total", operations=add("note"))}
    return Comparison(
        merge_base=MemoryTree(START),
        base=MemoryTree({**START, **tax}),
        head=MemoryTree({**START, **note}),
        merged=MemoryTree({**START, **tax, **note}),
    )


@pytest.mark.usefixtures("with_a_broken_rule")
def test_the_others_are_judged_and_the_broken_one_is_told() -> None:
    told: list[str] = []

    result = reviewing.review(
        _forked(), Config(), failed=lambda part, error: told.append(f"{part}: {error!r}")
    )

    assert told == ["The rule always-fails: ZeroDivisionError(())"]
    assert "conflicting-leaf-nodes" in {f.rule for f in result.findings}
    assert [u.reason for u in result.unknown] == [
        "The rule always-fails could not be judged: an error of Two-Step's own (ZeroDivisionError)."
    ]


@pytest.mark.usefixtures("with_a_broken_rule")
def test_without_somebody_to_tell_it_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        reviewing.review(_forked(), Config())


def test_memory_that_ran_out_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    _with(monkeypatch, _runs_out)

    with pytest.raises(MemoryError):
        reviewing.review(_forked(), Config(), failed=lambda _part, _error: None)


@pytest.mark.usefixtures("with_a_broken_rule")
def test_the_command_line_says_the_rest_and_does_not_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_repository(tmp_path / "shop", FORK)

    code = main(["review", str(tmp_path / "shop"), "--base", "main", "--head", "note"])

    out, err = capsys.readouterr()
    assert code == 2
    assert "conflicting-leaf-nodes" in out
    assert "The rule always-fails could not be judged: ZeroDivisionError" in err
    assert "test_review_goes_on.py" in err


@pytest.mark.usefixtures("with_a_broken_rule")
def test_whoever_gives_a_verdict_gets_none(tmp_path: Path) -> None:
    make_repository(tmp_path / "shop", FORK)

    with pytest.raises(ZeroDivisionError):
        review_repository(tmp_path / "shop", base="main", head="note")
