"""One AlterField that changes a field in several ways: no plan leaves one of them undone."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.results import Split
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import START, add, changed, migration, path

CODE = "models.CharField(max_length={})"
KEY = "on_delete=models.CASCADE"


def split_of(before: str, after: str, style: str = "state") -> Split:
    base = changed(START, {path("0003_a"): migration("0002_total", operations=add("a", before))})
    text = migration("0003_a", operations=f'migrations.AlterField("order", "a", {after})')
    old, new = MemoryTree(base), MemoryTree(changed(base, {path("0004_a"): text}))
    sides = Comparison(merge_base=old, base=old, head=new, merged=new)
    return review(sides, Config(split_style=style), sql=False).split


@pytest.mark.parametrize("style", ["state", "files"])
@pytest.mark.parametrize(
    ("before", "after", "between"),
    [
        (
            CODE.format("9, null=True"),
            CODE.format("20, default=''"),
            "max_length=20, default='', null=True",
        ),
        (
            CODE.format("9, null=True"),
            CODE.format("9, db_default='x'"),
            "max_length=9, db_default='x', null=True",
        ),
        (
            CODE.format("9, db_index=True"),
            CODE.format("20, unique=True"),
            "max_length=20, unique=False, db_index=True",
        ),
        (CODE.format("9"), CODE.format("20, db_index=True"), "max_length=20, db_index=False"),
        (
            CODE.format("9"),
            CODE.format("9, db_default='x', unique=True"),
            "max_length=9, db_default='x', unique=False, db_index=False",
        ),
    ],
)
def test_what_nobody_notices_is_done_first(
    before: str, after: str, between: str, style: str
) -> None:
    """Of the column that became NOT NULL and longer, the state said so and the database kept the old length."""
    split = split_of(before, after, style)
    (altered,) = (
        text
        for step in split.steps
        for p, text in step.files.items()
        if p.endswith("_a_altered.py")
    )

    assert "a_altered.py" in next(iter(split.steps[0].files))
    written = "".join(altered.split()).replace('"', "'").replace(",)", ")")
    assert f"models.CharField({between})".replace(" ", "") in written
    assert "state_operations" not in altered
    assert "_a its new " in f"_{split.steps[0].title}".replace("orders_order.a", "_a")


@pytest.mark.parametrize(
    ("before", "after", "ways"),
    [
        (CODE.format("9, null=True"), CODE.format("9, unique=True"), "NOT NULL, unique"),
        (CODE.format("9"), CODE.format("9, unique=True, null=True"), "NULL, unique"),
        (
            "models.IntegerField(null=True)",
            "models.IntegerField(default=3, db_index=True)",
            "NOT NULL, indexed",
        ),
        (
            "models.IntegerField(null=True)",
            "models.PositiveIntegerField(default=3)",
            "NOT NULL, checked",
        ),
        (
            f"models.ForeignKey('orders.Order', {KEY}, null=True)",
            f"models.OneToOneField('orders.Order', {KEY})",
            "NOT NULL, unique",
        ),
        (
            CODE.format("9, unique=True"),
            CODE.format("9, db_index=True, null=True"),
            "NULL, no longer",
        ),
    ],
)
def test_what_is_noticed_twice_gets_no_files(before: str, after: str, ways: str) -> None:
    split = split_of(before, after)

    assert split.needed
    assert f"orders.Order.a changes in several ways at once ({ways}" in split.reason
    assert split.steps
    assert [step.files for step in split.steps if step.files] == []


@pytest.mark.parametrize("style", ["state", "files"])
def test_a_default_is_there_before_the_code_that_needs_it(style: str) -> None:
    before, after = CODE.format("9, default='a', db_index=True"), CODE.format("20, db_default='a'")
    split = split_of(before, after, style)
    first, *others = (text for step in split.steps for text in step.files.values())

    assert "new code leaves orders_order.a to a default of the database" in split.reason
    assert [step.kind for step in split.steps] == ["migration", "model"]
    assert "max_length=20" in first
    assert ("database_operations" in first) is (style == "state")
    assert [("state_operations" in text) for text in others] == [True] * (style == "state")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (CODE.format("9"), CODE.format("20, null=True")),
        (CODE.format("9, db_index=True"), CODE.format("9, unique=True")),
        (CODE.format("9, null=True"), CODE.format("9, default='', help_text='x'")),
    ],
)
def test_one_way_is_taken_apart_as_before(before: str, after: str) -> None:
    split = split_of(before, after)

    assert split.needed
    assert "no files" not in split.reason
    assert not any("altered" in p for step in split.steps for p in step.files)
