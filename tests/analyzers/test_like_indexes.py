"""What a plan builds apart has the indexes that Django itself would have made."""

from __future__ import annotations

import re

import pytest

from analyzers.config import Config
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import START, add, changed, migration, path

_NAME = re.compile(
    r'CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY IF NOT EXISTS )?"(\w+)" ON [^(]*\(([^)]*)\)'
)


@pytest.mark.parametrize(
    "operation",
    [
        add("code", 'models.CharField(max_length=9, db_index=True, default="x")'),
        add("code", "models.TextField(null=True, db_index=True)"),
        add("code", "models.SlugField(null=True)"),
        add("code", "models.IntegerField(null=True, db_index=True)"),
        'migrations.AlterField("order", "total", models.TextField(null=True, db_index=True))',
    ],
)
def test_the_split_builds_the_indexes_of_the_migration(operation: str) -> None:
    base = MemoryTree(START)
    head = MemoryTree(
        changed(START, {path("0003_code"): migration("0002_total", operations=operation)})
    )
    found = review(Comparison(merge_base=base, base=base, head=head, merged=head), Config())
    own = {m for p in found.sql for s in p.statements for m in _NAME.findall(s)}
    text = "".join(content for step in found.split.steps for content in step.files.values())
    assert own
    assert set(_NAME.findall(text)) == own


@pytest.mark.parametrize("style", ["state", "files"])
@pytest.mark.parametrize(
    "field",
    [
        "models.SlugField(null=True, unique=True)",
        "models.SlugField(null=True, db_index=True)",
        "models.SlugField(null=True)",
        "models.CharField(max_length=9, null=True, unique=True, db_index=True)",
    ],
)
def test_no_index_comes_with_the_bare_column(field: str, style: str) -> None:
    """Django made a plain one under the lock, beside the unique one that is built apart."""
    base = MemoryTree(START)
    new = migration("0002_total", operations=add("code", field))
    head = MemoryTree(changed(START, {path("0003_code"): new}))
    trees = Comparison(merge_base=base, base=base, head=head, merged=head)
    split = review(trees, Config(split_style=style), sql=False).split
    adding = split.steps[0].files[path("0003_add_code")]

    assert "unique=True" not in adding
    assert "db_index=True" not in adding
    assert ("db_index=False" in adding) is ("SlugField" in field)
