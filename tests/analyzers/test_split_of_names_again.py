"""A name that one column gives up and another takes in the same pull request."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.results import Split
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import START, add, changed, migration, path

DROP = 'migrations.RemoveField("order", "note")'
RENAME = 'migrations.RenameField("order", "{}", "{}")'
ALTER = 'migrations.AlterField("order", "note", models.IntegerField())'
NUMBER = "models.IntegerField(null=True)"


def split_of(*operations: str) -> Split:
    base = changed(
        START,
        {path("0003_note"): migration("0002_total", operations=f"{add('note')}, {add('other')}")},
    )
    joined = ",\n        ".join(operations)
    after = changed(base, {path("0004_next"): migration("0003_note", operations=joined)})
    old, new = MemoryTree(base), MemoryTree(after)
    trees = Comparison(merge_base=old, base=old, head=new, merged=new)
    return review(trees, Config(), sql=False).split


@pytest.mark.parametrize(
    ("operations", "words"),
    [
        ((DROP, add("note", NUMBER)), ["Adds the new orders_order.note under another name"]),
        (
            (add("short", NUMBER), DROP, RENAME.format("short", "note"), ALTER),
            [
                "leaves orders_order.short its name: with db_column='short' the model may call it note",
                "alters the column that was to be orders_order.note",
            ],
        ),
        (
            (RENAME.format("note", "old"), add("note", NUMBER)),
            ["adds the new orders_order.note under another name"],
        ),
    ],
)
def test_a_name_that_is_taken_again_gets_no_file(
    operations: tuple[str, ...], words: list[str]
) -> None:
    """Until the last step the old column has it: the file that adds or renames to it would stop."""
    found = split_of(*operations)
    titles = "\n".join(step.title for step in found.steps)

    assert found.needed
    assert "another column takes its name" in found.reason
    assert [w for w in words if w not in titles] == []
    # A step that has some of its files and not this one would make branches of models without their columns.
    assert "no files are written for it" in found.reason
    assert not any(step.files for step in found.steps)
    assert any("migrate" in step.after for step in found.steps)


def test_a_column_that_only_goes_or_only_comes_has_its_files() -> None:
    for operations in ((DROP,), (add("note_too", NUMBER),), (RENAME.format("note", "old"),)):
        found = split_of(*operations)
        assert any(step.files for step in found.steps)
        assert "another column takes its name" not in found.reason
