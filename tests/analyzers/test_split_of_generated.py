"""Columns that the database works out: nobody writes them, and nothing is filled."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.results import Split
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import START, add, changed, migration, path

TWICE = 'models.GeneratedField(expression=models.F("{}"), output_field=models.IntegerField(), db_persist={})'
STORED = TWICE.format("total", True)


def split_of(*operations: str, before: str = "", style: str = "state") -> Split:
    first = migration("0002_total", operations=before or add("other"))
    base = changed(START, {path("0003_first"): first})
    new = migration("0003_first", operations=", ".join(operations))
    old, head = MemoryTree(base), MemoryTree(changed(base, {path("0004_change"): new}))
    trees = Comparison(merge_base=old, base=old, head=head, merged=head)
    return review(trees, Config(split_style=style), sql=False).split


def written(split: Split) -> str:
    return "".join(text for step in split.steps for text in step.files.values())


@pytest.mark.parametrize("style", ["state", "files"])
@pytest.mark.parametrize("kept", [True, False])
def test_a_column_that_nobody_writes_is_added_as_it_is(kept: bool, style: str) -> None:
    """The plan added it as nullable, filled it, and demanded it."""
    split = split_of(add("twice", TWICE.format("total", kept)), style=style)
    adding, *knowing = split.steps

    assert split.needed
    assert len(knowing) == 1
    assert "which the database works out" in adding.title
    assert ("the table is rewritten" in adding.title) is kept
    assert "NOT NULL" not in split.reason + written(split)
    assert "null=True" not in written(split)
    assert split.alternative


def test_what_is_worked_out_from_a_new_column_waits_until_the_state_knows_that() -> None:
    split = split_of(
        add("price", "models.IntegerField(null=True)"), add("twice", TWICE.format("price", True))
    )
    first, second = split.steps

    assert "GeneratedField" not in "".join(first.files.values())
    (whole,) = (text for text in second.files.values() if "GeneratedField" in text)
    assert "SeparateDatabaseAndState" not in whole


def test_it_goes_without_being_loosened() -> None:
    split = split_of('migrations.RemoveField("order", "twice")', before=add("twice", STORED))

    assert "null=True" not in written(split)
    assert "DROP NOT NULL" not in written(split)
    assert "ADD COLUMN" not in written(split)


def test_its_new_name_is_given_to_the_attribute_alone() -> None:
    split = split_of(
        'migrations.RenameField("order", "twice", "double")', before=add("twice", STORED)
    )

    assert [step.title.partition(":")[0] for step in split.steps] == [
        "Renames the attribute and keeps the column"
    ]
