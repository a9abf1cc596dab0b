"""What takes an index away comes behind what is built in its place."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import START, changed, migration, path

ID = '("id", models.BigAutoField(primary_key=True))'
TABLE = (
    f'migrations.CreateModel("Line", [{ID}, ("a", models.IntegerField(db_index=True)), ("b", models.IntegerField()), '
    '("c", models.IntegerField(unique=True))], options={"unique_together": {("a", "b")}, "indexes": [models.Index(fields=["b"], name="by_b")], '
    '"constraints": [models.UniqueConstraint(fields=["b"], condition=models.Q(a=1), name="some_b")]})'
)
NO_PAIR = 'migrations.AlterUniqueTogether("line", set())'
PLAIN = 'migrations.AlterField("line", "a", models.IntegerField())'
NO_B = 'migrations.RemoveIndex("line", "by_b")'


def unique(*columns: str, name: str = "uq") -> str:
    return f'migrations.AddConstraint("line", models.UniqueConstraint(fields={list(columns)!r}, name="{name}"))'


def index(*columns: str, name: str = "ix") -> str:
    return f'migrations.AddIndex("line", models.Index(fields={list(columns)!r}, name="{name}"))'


def steps_of(*operations: str) -> list[tuple[str, str]]:
    """The files of the plan: the number of the step, and what is in the file."""
    base = changed(START, {path("0003_line"): migration("0002_total", operations=TABLE)})
    text = migration("0003_line", operations=", ".join(operations))
    old, new = MemoryTree(base), MemoryTree(changed(base, {path("0004_a"): text}))
    sides = Comparison(merge_base=old, base=old, head=new, merged=new)
    split = review(sides, Config(), sql=False).split
    assert split.needed
    return [(f"{s.order} {s.kind}", t) for s in split.steps for t in s.files.values()]


@pytest.mark.parametrize(
    ("operations", "kinds"),
    [
        ((NO_PAIR, unique("a", "b")), ("UNIQUE INDEX", "USING INDEX", "AlterUniqueTogether")),
        ((NO_PAIR, unique("b", "a", "c")), ("UNIQUE INDEX", "USING INDEX", "AlterUniqueTogether")),
        ((PLAIN, index("a")), ("AddIndexConcurrently", "AlterField")),
        ((NO_B, index("b", "a")), ("AddIndexConcurrently", "RemoveIndexConcurrently")),
    ],
)
def test_the_new_one_stands_before_the_old_one_goes(
    operations: tuple[str, ...], kinds: tuple[str, ...]
) -> None:
    """Between the two, queries had no index and rows that were unique need not be so: in one pull request, built first."""
    files = steps_of(*operations)

    assert {step for step, _ in files} == {"1 migration"}
    assert all(kind in text for kind, (_, text) in zip(kinds, files, strict=True))


@pytest.mark.parametrize(
    "operations",
    [
        (NO_B, index("a", name="by_b")),
        (NO_B, index("c")),
        (NO_B, 'migrations.RunSQL("CREATE EXTENSION hstore", "")', index("b")),
    ],
)
def test_others_keep_their_order(operations: tuple[str, ...]) -> None:
    """The name is taken as long as the old one stands, the columns are others, or SQL may ask for either."""
    files = steps_of(*operations)

    built = min(n for n, (_, text) in enumerate(files) if "AddIndexConcurrently(" in text)
    assert min(n for n, (_, text) in enumerate(files) if "RemoveIndexConcurrently(" in text) < built


def test_columns_that_were_not_unique_are_obeyed_first() -> None:
    """The pair (a, b) says nothing of a alone."""
    files = steps_of(NO_PAIR, unique("a"))

    assert any(step.startswith("3 ") and "USING INDEX" in text for step, text in files)


def test_rows_that_were_unique_under_a_condition_are_obeyed_first() -> None:
    """Those that it did not speak of may have duplicates: the index would not be built."""
    files = steps_of('migrations.RemoveConstraint("line", "some_b")', unique("b"))

    assert any(step.startswith("3 ") and "USING INDEX" in text for step, text in files)


@pytest.mark.parametrize(
    "operations",
    [
        (NO_B, 'migrations.AlterField("line", "b", models.BigIntegerField())', index("b", "a")),
        ('migrations.AlterField("line", "c", models.TextField())', unique("a", "c")),
    ],
)
def test_no_files_bring_another_column_in_the_place_of_one_that_gets_an_index(
    operations: tuple[str, ...],
) -> None:
    """What the pull request builds upon the old column goes with it, as what stood before does."""
    assert steps_of(*operations) == []
