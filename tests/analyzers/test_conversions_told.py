"""What a change of type does to the rows is told beside its lock."""

from __future__ import annotations

import pytest

from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import START, add, changed, migration, path

ARRAY = "django.contrib.postgres.fields.ArrayField(models.{}())"
ABOVE = "import django.contrib.postgres.fields\n\n\n"
STOPS = "a value that {} does not take stops the migration"
FAILS = "And the statement fails, whatever the rows hold"


def why(before: str, operation: str) -> str:
    """What is said of the change of ``order.note``, which was *before*."""
    note = migration("0002_total", operations=add("note", before), before=ABOVE)
    start = changed(START, {path("0003_note"): note})
    other = migration("0003_note", operations=operation, before=ABOVE)
    trees = MemoryTree(start), MemoryTree(changed(start, {path("0004_other"): other}))
    sides = Comparison(merge_base=trees[0], base=trees[0], head=trees[1], merged=trees[1])
    (found,) = (f for f in review(sides).findings if f.rule == "column-type-changed")
    return found.why


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("models.TextField()", "models.IntegerField()", STOPS.format("integer")),
        ("models.CharField(max_length=9)", ARRAY.format("TextField"), STOPS.format("text[]")),
        ("models.IntegerField()", ARRAY.format("IntegerField"), FAILS),
        (ARRAY.format("IntegerField"), "models.IntegerField()", FAILS),
        ("models.IntegerField()", "models.BigIntegerField()", ""),
        ("models.IntegerField()", "models.TextField()", ""),
    ],
)
def test_what_django_s_cast_does_to_the_values_is_told(before: str, after: str, told: str) -> None:
    found = why(before, f'migrations.AlterField("order", "note", {after})')

    assert found.startswith("Reads and writes of the table wait")
    assert told in found
    assert told or found.endswith("rewritten.")


@pytest.mark.parametrize(
    ("using", "told"), [("", f"{FAILS}: PostgreSQL has no such conversion by itself."), (" USING length(note)", "")]
)  # fmt: skip
def test_sql_that_says_how_is_believed(using: str, told: str) -> None:
    sql = f"ALTER TABLE orders_order ALTER COLUMN note TYPE integer{using}"

    found = why("models.TextField()", f"migrations.RunSQL({sql!r})")

    assert found.endswith(told or "rewritten.")


@pytest.mark.parametrize(
    ("before", "after", "cast"),
    [
        ("models.TextField()", "models.IntegerField()", True),
        ("models.TextField()", ARRAY.format("TextField"), False),
        (ARRAY.format("IntegerField"), "models.IntegerField()", False),
    ],
)
def test_the_split_copies_by_a_cast_only_where_there_is_one(
    before: str, after: str, cast: bool
) -> None:
    """A value is no list of itself: the step says so and has no file."""
    note = migration("0002_total", operations=add("note", before), before=ABOVE)
    start = changed(START, {path("0003_note"): note})
    operation = f'migrations.AlterField("order", "note", {after})'
    other = migration("0003_note", operations=operation, before=ABOVE)
    trees = MemoryTree(start), MemoryTree(changed(start, {path("0004_other"): other}))
    sides = Comparison(merge_base=trees[0], base=trees[0], head=trees[1], merged=trees[1])

    steps = review(sides).split.steps

    assert any("Cast(" in text for s in steps for text in s.files.values()) is cast
    assert any("no cast makes" in s.title for s in steps) is not cast
