"""A part of a review that breaks takes no other along, and is no silence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from analyzers import review as reviewing
from analyzers.config import Config
from analyzers.findings import Finding, Severity
from analyzers.relate.facts import Facts
from analyzers.rules._rule import Rule, all_rules
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import START, add, migration, path


def _breaks(facts: Facts) -> Iterator[Finding]:
    raise ZeroDivisionError(facts.comparison.text_conflicts)


@pytest.fixture
def with_a_broken_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules, and before them one that always fails."""
    broken = Rule("analyzers.rules.always_fails", Severity.ERROR)
    broken(_breaks)
    rules = (broken, *all_rules())
    monkeypatch.setattr(reviewing, "all_rules", lambda: rules)


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
