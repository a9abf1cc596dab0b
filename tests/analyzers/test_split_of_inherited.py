"""A field that moves between a model and its parent: Django lets no step have both, and no plan says so."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.results import Split
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.analyzers.test_split_of_new_tables import ID, migration

NOTE = '("note", models.TextField(null=True))'
PARENT = f'migrations.CreateModel("Base", [{ID}, {{}}])'


def child(name: str, parent: str, fields: str = "") -> str:
    link = f'("{parent}_ptr", models.OneToOneField("shop.{parent}", models.CASCADE, parent_link=True, primary_key=True))'
    return f'migrations.CreateModel("{name}", [{link}, {fields}], bases=("shop.{parent}",))'


def split_of(initial: tuple[str, ...], *operations: str, style: str) -> Split:
    base = {
        "shop/models.py": "from django.db import models\n",
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": migration(*initial),
    }
    change = migration(*operations, after='("shop", "0001_initial")')
    old, new = MemoryTree(base), MemoryTree({**base, "shop/migrations/0002_change.py": change})
    trees = Comparison(merge_base=old, base=old, head=new, merged=new)
    return review(trees, Config(split_style=style), sql=False).split


def moved(source: str, target: str) -> tuple[str, str]:
    return (
        f'migrations.RemoveField("{source}", "note")',
        f'migrations.AddField("{target}", "note", models.TextField(null=True))',
    )


@pytest.mark.parametrize("style", ["state", "files"])
@pytest.mark.parametrize(
    ("initial", "source", "target"),
    [
        ((PARENT.format(NOTE), child("Order", "base")), "base", "order"),
        ((PARENT.format(""), child("Order", "base", NOTE)), "order", "base"),
        (
            (PARENT.format(NOTE), child("Order", "base"), child("Gift", "order")),
            "base",
            "gift",
        ),
    ],
)
def test_no_step_adds_what_a_parent_has(
    initial: tuple[str, ...], source: str, target: str, style: str
) -> None:
    for operations in (moved(source, target), moved(source, target)[::-1]):
        split = split_of(initial, *operations, style=style)

        assert split.needed
        assert "Django lets no model have a field of its parent's name" in split.reason
        assert split.steps == ()


def test_models_that_know_nothing_of_each_other_have_a_plan() -> None:
    initial = (PARENT.format(NOTE), f'migrations.CreateModel("Order", [{ID}])')
    split = split_of(initial, *moved("base", "order"), style="state")

    assert any(step.files for step in split.steps)


def test_many_ways_to_one_parent_take_no_long_time() -> None:
    """Two bases each, thirty times over: as many ways as a thousand million."""
    models = [PARENT.format("")]
    above = ("base", "base")
    for number in range(30):
        both = ", ".join(f'"shop.{name}"' for name in dict.fromkeys(above))
        models += [
            f'migrations.CreateModel("{side}{number}", [("{side}{number}_id", models.AutoField(primary_key=True))], bases=({both},))'
            for side in "ab"
        ]
        above = (f"a{number}", f"b{number}")
    models.append(f'migrations.CreateModel("Other", [{ID}, {NOTE}])')

    split = split_of(tuple(models), *moved("other", "a29"), style="state")

    assert "Django lets no model" not in str(split)


@pytest.mark.parametrize("style", ["state", "files"])
def test_a_child_that_goes_takes_its_key_along(style: str) -> None:
    """Django removes the link to the parent first: it was taken for another primary key, and a proxy for a table."""
    initial = (
        PARENT.format(""),
        child("Order", "base"),
        'migrations.CreateModel("Fast", [], options={"proxy": True}, bases=("shop.base",))',
    )
    operations = (
        'migrations.RemoveField("order", "base_ptr")',
        'migrations.DeleteModel("Fast")',
        'migrations.DeleteModel("Order")',
    )
    split = split_of(initial, *operations, style=style)
    written = "".join(text for step in split.steps for text in step.files.values())

    assert split.reason == "the table shop_order goes while old code still uses it"
    assert "primary key" not in split.reason
    assert "shop_fast" not in written
    assert "drops the foreign keys of shop_order" in split.steps[0].title.lower()
    assert "FOR found IN" in next(iter(split.steps[0].files.values()))
    assert "RemoveField" not in written
