"""Files that are made to take the square of their length, or numbers that Python refuses."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable
from typing import TypeVar

import pytest

from analyzers.limits import CONTAINER_ITEMS
from analyzers.read.alembic.operations import read_calls
from analyzers.read.django.field_kinds import FieldKinds
from analyzers.read.django.own_fields import own_fields
from analyzers.read.django.own_functions import OwnFunctions
from analyzers.read.django.shape import Shape
from analyzers.read.evaluator import Evaluator
from analyzers.read.names import Names
from analyzers.read.project import Project
from analyzers.read.values import Call, Opaque, Value
from analyzers.relate import function_names, uses
from analyzers.relate.class_methods import without_unnamed
from analyzers.relate.texts import formatted
from analyzers.trees import MemoryTree

Made = TypeVar("Made")

_HUGE = "0x" + "f" * 9000
_DOUBLED = "    x = [1]\n" + "    x = [x, x]\n" * 40


def read(text: str) -> Value:
    """What the reader takes ``X`` for at the end of a module whose functions are followed."""
    module = ast.parse(text)
    names = Names(module, name="shop.names")
    evaluator = Evaluator(names)
    OwnFunctions(module, names, evaluator)
    return evaluator.name("X")


@pytest.mark.parametrize(
    "text",
    [
        "int(1e999)",
        f"sum([{_HUGE}, 1.0])",
        f"str({_HUGE})",
        f"f'{{{_HUGE}}}'",
        f"'{{}}'.format({_HUGE})",
        "sum([[1], [2]], [])",
    ],
)
def test_what_python_refuses_is_not_known(text: str) -> None:
    assert isinstance(read(f"X = {text}\n"), Call | Opaque)


@pytest.mark.parametrize("text", ["sum([1, 2.5], 3)", "str(12)", "f'{12}'", "'{}'.format(12)"])
def test_what_python_gives_is_known(text: str) -> None:
    assert read(f"X = {text}\n") == eval(text)


@pytest.mark.parametrize(
    "text",
    [
        "X = []\n" + "X += Y\n" * 60_000,
        "X = {}\n" + "X.update(Y)\n" * 80_000,
        "X = {}\nX.update(" + ",".join(f"a{n}=1" for n in range(100_000)) + ")\n",
        f"A = [1] * {CONTAINER_ITEMS}\nX = sum([A] * {CONTAINER_ITEMS}, [])\n",
        f"def f():\n{_DOUBLED}    y = x == []\n    return y\nX = f()\n",
        "A = 1\n"
        + "".join(f"def f{n}(): pass\n" for n in range(20_000))
        + f"X = [{', '.join(['A'] * 4_000)}]\nA = 2\n",
    ],
    ids=["added", "updated", "keywords", "sums", "doubled", "functions"],
)
def test_a_file_is_read_in_the_time_of_its_length(text: str) -> None:
    assert _soon(lambda: read(text)) is not None


def test_the_class_of_many_fields_is_read_in_the_time_of_its_length() -> None:
    fields = "".join(f"    f{n} = Char(SIZE)\n" for n in range(6_000))
    tree = MemoryTree(
        {"shop/__init__.py": b"", "shop/m.py": f"class M:\n    SIZE = 7\n{fields}".encode()}
    )
    project = Project(tree)
    found = project.find_class("shop.m.M")
    assert found is not None

    values = _soon(
        lambda: [
            project.evaluate_in(found, s.value)
            for s in found.node.body
            if isinstance(s, ast.Assign) and isinstance(s.value, ast.Call)
        ]
    )

    assert all(isinstance(v, Call | Opaque) for v in values)


def test_a_revision_whose_function_doubles_its_values_is_read() -> None:
    text = (
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"def column():\n{_DOUBLED}    y = str(x == [])\n    return sa.Column(y, sa.Integer())\n"
        "def upgrade():\n    op.add_column('orders', column())\n"
    )

    assert _soon(lambda: read_calls(ast.parse(text), "upgrade", "postgresql", lambda _: None))


def test_many_functions_are_numbered_in_the_time_of_their_length() -> None:
    module = ast.parse("".join(f"def f{n}(): pass\n" for n in range(25_000)) + "x = 1\n" * 25_000)

    _soon(lambda: function_names.number(module.body, []))


def test_a_format_of_many_values_is_read_in_the_time_of_its_length() -> None:
    given = ", ".join(f"a{n}" for n in range(40_000))
    node = ast.parse(f"'{'{}' * 40_000}'.format({given})", mode="eval").body

    assert isinstance(_soon(lambda: formatted(node)), ast.JoinedStr)


def test_methods_that_name_one_another_are_followed_in_the_time_of_their_length() -> None:
    methods = "".join(
        f"    @classmethod\n    def m{n}(cls):\n        cls.m{n + 1}()\n" for n in range(14_000)
    )
    text = f"from django.db import migrations\nclass Own(migrations.RunSQL):\n{methods}".encode()

    assert _soon(lambda: without_unnamed(text, "shop/own.py", [b"m0"])) == text


def test_many_classes_that_are_changed_are_read_in_the_time_of_their_length() -> None:
    text = "".join(f"class M{n}(Model):\n    pass\n" for n in range(1_800))
    text += "".join(f"M{n}._meta.x = 1\n" for n in range(1_800))
    project = Project(MemoryTree({"shop/__init__.py": b"", "shop/m.py": text.encode()}))
    kinds = FieldKinds(project)
    classes = [project.find_class(f"shop.m.M{n}") for n in range(1_800)]

    def changed() -> list[list[str]]:
        shapes = [(found, Shape()) for found in classes if found is not None]
        for found, shape in shapes:
            own_fields(project, kinds, found, shape)
        return [shape.incomplete for _, shape in shapes]

    assert all(_soon(changed))


def test_the_code_is_not_looked_through_for_each_of_many_mappings() -> None:
    named = "".join(f'D{n} = {{"name": 1}}\n' for n in range(20_000)).encode()
    others = {f"shop/m{n}.py": b"x = 1\n" * 2000 for n in range(200)}

    assert _soon(lambda: uses.places(MemoryTree({"shop/b.py": named, **others}), "name"))


def _soon(make: Callable[[], Made]) -> Made:
    began = time.perf_counter()
    made = make()
    assert time.perf_counter() - began < 8
    return made
