"""What the configuration excludes is not read, of Django and of Alembic; an ignored migration may be named with its app."""

from __future__ import annotations

import pytest

from analyzers.config import Config, Ignore
from analyzers.findings import Finding
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.alembic_trees import files, revision
from tests.support.worlds import START, add, migration, path

PATTERNS = ["old", "old/", "old/**", "old/*"]
DROP = 'op.drop_column("orders", "total")'


def old(tree: dict[str, str]) -> dict[str, str]:
    return {f"old/{name}": text for name, text in tree.items()}


def found(base: dict[str, str], head: dict[str, str], config: Config) -> tuple[Finding, ...]:
    trees = [MemoryTree(files) for files in (base, {**base, **head})]
    both = Comparison(merge_base=trees[0], base=trees[0], head=trees[1], merged=trees[1])
    return review(both, config).findings


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_folder_of_django_migrations(pattern: str) -> None:
    head = {path("0003_a"): migration("0002_total", operations=add("a", "models.TextField()"))}
    assert found(old(START), old(head), Config())

    assert found(old(START), old(head), Config(exclude=(pattern,))) == ()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_root_of_alembic(pattern: str) -> None:
    base = old(files(aa0001_first=revision("aa0001", None)))
    head = old({"migrations/versions/aa0002_drop.py": revision("aa0002", "aa0001", DROP)})
    assert found(base, head, Config())

    assert found(base, head, Config(exclude=(pattern,))) == ()


def test_the_other_root_is_read_and_called_as_if_it_were_alone() -> None:
    first = files(aa0001_first=revision("aa0001", None))
    head = {"migrations/versions/aa0002_drop.py": revision("aa0002", "aa0001", DROP)}

    both = found({**first, **old(first)}, {**head, **old(head)}, Config(exclude=("old",)))

    assert both == found(first, head, Config())
    assert both


@pytest.mark.parametrize("named", ["0003_a", "orders.0003_a"])
def test_an_ignored_migration_may_be_named_with_its_app(named: str) -> None:
    head = {path("0003_a"): migration("0002_total", operations=add("a", "models.TextField()"))}
    ignore = Ignore(rule="not-null-column-added", reason="it is empty", migration=named)

    (finding,) = (f for f in found(START, head, Config(ignore=(ignore,))) if f.rule == ignore.rule)

    assert finding.accepted is not None
