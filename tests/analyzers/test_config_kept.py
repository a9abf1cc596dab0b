"""A configuration that was read is kept by the files that say it, and by nothing else."""

from __future__ import annotations

import pytest

from analyzers.config_text import ConfigProblem, config_of
from analyzers.findings import Severity
from analyzers.read.cache import MemoryCache
from analyzers.trees import MemoryTree

RULES = ["missing-migration", "large-table"]
FILE = ".github/twostep.yml"
SIZES = ".github/twostep-sizes.yml"


class Watched(MemoryTree):
    """Files that know which of them were read."""

    def __init__(self, files: dict[str, str]) -> None:
        super().__init__(files)
        self.seen: list[str] = []

    def read(self, path: str) -> bytes:
        content = super().read(path)
        self.seen.append(path)
        return content


def test_it_is_read_once_and_says_the_same() -> None:
    files = {FILE: "rules: {large-table: info}\n", SIZES: "tables: {orders: 7}\n"}
    cache, first, again = MemoryCache(), Watched(files), Watched({**files, "more.py": ""})

    one, two = config_of(first, RULES, cache), config_of(again, RULES, cache)

    assert one == two == config_of(MemoryTree(files), RULES)
    assert one.rules == {"large-table": Severity.INFO}
    assert one.large_tables.tables == {"orders": 7}
    assert set(first.seen) == {FILE, SIZES}
    assert again.seen == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({FILE: "language: en\n"}, {FILE: "language: ko\n"}),
        ({FILE: "language: en\n"}, {FILE: "language: en\n", SIZES: "tables: {orders: 7}\n"}),
        ({FILE: "language: ko\n"}, {".github/twostep.yaml": "language: ko\n"}),
        (
            {SIZES: "tables: {orders: 7}\n", "pyproject.toml": '[tool.twostep]\nlanguage = "ko"\n'},
            {SIZES: "tables: {orders: 7}\n", "pyproject.toml": ""},
        ),
    ],
    ids=["said", "sizes", "file", "project"],
)
def test_other_files_are_another_configuration(
    before: dict[str, str], after: dict[str, str]
) -> None:
    cache = MemoryCache()

    assert config_of(MemoryTree(before), RULES, cache) == config_of(MemoryTree(before), RULES)
    assert config_of(MemoryTree(after), RULES, cache) == config_of(MemoryTree(after), RULES)
    assert config_of(MemoryTree(before), RULES) != config_of(MemoryTree(after), RULES)


def test_a_rule_that_is_not_known_any_more_is_a_problem_again() -> None:
    cache, tree = MemoryCache(), MemoryTree({FILE: "rules: {large-table: info}\n"})
    config_of(tree, RULES, cache)

    with pytest.raises(ConfigProblem, match="large-table"):
        config_of(tree, RULES[:1], cache)
