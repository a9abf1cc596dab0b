"""Expressions of a thousand levels, wherever a pull request can put them: a review comes of it all the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analyzers.review import review
from tests.support import alembic_trees
from tests.support.alembic_trees import revision
from tests.support.worlds import HEAD, START, add, migration, path

DEEP: dict[str, Callable[[int], str]] = {
    "sum": lambda levels: '"a"' + ' + "a"' * levels,
    "path": lambda levels: "a" + ".b" * levels,
    "calls": lambda levels: "a" + "()" * levels,
    "choice": lambda levels: "a if b else " * levels + "c",
    "methods": lambda levels: "a" + ".b(c=1)" * levels,
}
LEVELS = (960, 2200)
"""With what stands around it over Python's own limit; about as much as its parser takes."""

NEW, OLD, MODELS = path("0003_new"), path("0001_initial"), "orders/models.py"
DJANGO: dict[str, Callable[[str], dict[str, str]]] = {
    "dependencies": lambda deep: {
        NEW: migration("0002_total").replace("dependencies = [", f"dependencies = {deep} + [")
    },
    "operations": lambda deep: {NEW: migration("0002_total", operations=deep)},
    "default": lambda deep: {
        NEW: migration("0002_total", operations=add("b", f"models.TextField(default={deep})"))
    },
    "constant": lambda deep: {
        NEW: migration(
            "0002_total",
            operations=add("b", "models.TextField(default=X)"),
            before=f"X = {deep}\n",
        )
    },
    "condition": lambda deep: {
        NEW: migration(
            "0002_total",
            operations=f"migrations.AddConstraint('order', models.CheckConstraint(check={deep}, name='c'))",
        )
    },
    "code": lambda deep: {
        NEW: migration(
            "0002_total",
            operations="migrations.RunPython(fill)",
            before=f"def fill(apps, editor):\n    apps.get_model('orders', 'Order').objects.filter(a={deep})\n",
        )
    },
    "committed": lambda deep: {OLD: START[OLD] + f"X = {deep}\n"},
    "model": lambda deep: {
        MODELS: f"{HEAD}class Order({deep}, models.Model):\n    b = models.TextField(default={deep})\n"
    },
}
ONE = "migrations/versions/one.py"
TWO = "migrations/versions/two.py"
ALEMBIC: dict[str, Callable[[str], dict[str, str]]] = {
    "id": lambda deep: {TWO: revision("two", "one").replace("'two'", deep, 1)},
    "parent": lambda deep: {TWO: revision("two", "one").replace("'one'", deep, 1)},
    "statement": lambda deep: {TWO: revision("two", "one", deep)},
    "executed": lambda deep: {TWO: revision("two", "one", f"op.execute({deep})")},
    "column": lambda deep: {
        TWO: revision("two", "one", f"op.add_column('a', sa.Column('b', server_default={deep}))")
    },
    "loop": lambda deep: {TWO: revision("two", "one", f"for t in {deep}: op.drop_table(f(t))")},
    "committed": lambda deep: {ONE: revision("one", None) + f"X = {deep}\n"},
}


@pytest.mark.parametrize("place", DJANGO)
def test_a_django_project_is_reviewed(place: str) -> None:
    for make in DEEP.values():
        for levels in LEVELS:
            head = DJANGO[place](make(levels))
            review(alembic_trees.compare(START, head=head))


@pytest.mark.parametrize("place", ALEMBIC)
def test_an_alembic_project_is_reviewed(place: str) -> None:
    start = alembic_trees.files(one=revision("one", None))
    for make in DEEP.values():
        for levels in LEVELS:
            head = ALEMBIC[place](make(levels))
            assert make(levels) in "".join(head.values())
            review(alembic_trees.compare(start, head=head))


def test_what_is_too_deep_for_a_migration_to_be_read_is_unknown() -> None:
    head = DJANGO["dependencies"](DEEP["sum"](2200))

    found = review(alembic_trees.compare(START, head=head))
    assert [u.place.path for u in found.unknown if "too deeply" in u.reason] == [NEW]


def test_an_id_that_is_too_deep_is_unknown() -> None:
    start = alembic_trees.files(one=revision("one", None))

    found = review(alembic_trees.compare(start, head=ALEMBIC["id"](DEEP["path"](2200))))
    assert [u.place.path for u in found.unknown] == [TWO]
