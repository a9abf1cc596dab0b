"""The base's configuration is in force; one that nobody could be judged by is not merged, and can be mended."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.config_in_force import config_in_force
from analyzers.config_text import ConfigProblem
from analyzers.findings import Severity
from analyzers.trees import Comparison, MemoryTree

RULES = ["large-table"]
FILE = ".github/twostep.yml"
GOOD, STRICT, BROKEN = "rules: {large-table: off}\n", "rules: {large-table: error}\n", "rulez: {}\n"


def in_force(base: dict[str, str], merged: dict[str, str]) -> Config:
    trees = [MemoryTree({"a.py": "", **files}) for files in (base, merged)]
    return config_in_force(
        Comparison(merge_base=trees[0], base=trees[0], head=trees[1], merged=trees[1]), RULES
    )


def test_a_change_does_not_loosen_its_own_review() -> None:
    assert in_force({FILE: STRICT}, {FILE: GOOD}).rules == {"large-table": Severity.ERROR}
    assert in_force({}, {FILE: GOOD}) == Config()
    assert in_force({FILE: GOOD}, {}).rules == {"large-table": None}


@pytest.mark.parametrize("base", [{}, {FILE: GOOD}])
def test_a_configuration_that_would_stop_every_review_is_told_where_it_comes(
    base: dict[str, str],
) -> None:
    with pytest.raises(ConfigProblem, match="unknown key 'rulez'") as problem:
        in_force(base, {FILE: f"version: 1\n{BROKEN}"})

    assert problem.value.brought
    assert (problem.value.path, problem.value.line) == (FILE, 2)


@pytest.mark.parametrize("mended", [{FILE: GOOD}, {}, {"pyproject.toml": "[tool.twostep]\n"}])
def test_what_mends_a_broken_one_is_judged_by_the_defaults(mended: dict[str, str]) -> None:
    assert in_force({FILE: BROKEN}, mended) == Config()


@pytest.mark.parametrize("left", [{FILE: BROKEN}, {FILE: BROKEN, "pyproject.toml": ""}])
def test_a_broken_one_that_stays_is_the_base_s(left: dict[str, str]) -> None:
    with pytest.raises(ConfigProblem) as problem:
        in_force({FILE: BROKEN}, left)

    assert not problem.value.brought
