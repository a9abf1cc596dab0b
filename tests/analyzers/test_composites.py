"""Columns inside of ``composite(...)``, compared with SQLAlchemy's own."""

from __future__ import annotations

import sys
import types

import pytest
from sqlalchemy.dialects import postgresql

from analyzers.read.alembic.metadata import Metadata, read_metadata
from analyzers.trees import MemoryTree

HEAD = """import dataclasses
import datetime
from dataclasses import dataclass
from typing import ClassVar, Optional

from sqlalchemy import Column, Integer, Numeric, String
from sqlalchemy.orm import DeclarativeBase, Mapped, composite, mapped_column


class Base(DeclarativeBase):
    pass


@dataclass
class Point:
    x: int
    y: Optional[int]
    kind: ClassVar[int] = 3


class Plain:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __composite_values__(self):
        return self.x, self.y


class Vertex(Base):
    __tablename__ = "vertex"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
FORMS = {
    "names alone": 'a: Mapped[Point] = composite(mapped_column("x1"), mapped_column("y1"))',
    "types of their own": 'a: Mapped[Point] = composite(mapped_column("x1", Numeric(9, 2)), mapped_column("y1", String(9), nullable=False))',
    "no names": "a: Mapped[Point] = composite(mapped_column(), mapped_column(index=True))",
    "nothing": "a: Mapped[Point] = composite()",
    "the first alone": 'a: Mapped[Point] = composite(mapped_column("x1"))',
    "quoted": "a: Mapped['Point'] = composite(mapped_column('x1'), mapped_column('y1'))",
    "optional": "a: Mapped[Point | None] = composite(mapped_column('x1'), mapped_column('y1'))",
    "the class given": "a = composite(Point, mapped_column('x1'), mapped_column('y1'))",
    "columns": "a: Mapped[Point] = composite(Column('x1', Integer), Column('y1', Integer))",
    "a plain class": "a = composite(Plain, Column('x1', Integer), mapped_column('y1', Integer))",
    "attributes by name": "x1: Mapped[int]\n    y1: Mapped[int]\n    a: Mapped[Point] = composite('x1', 'y1')",
    "attributes": "x1: Mapped[int] = mapped_column()\n    y1: Mapped[int] = mapped_column()\n    a: Mapped[Point] = composite(x1, y1)",
    "two of them": "a: Mapped[Point] = composite(mapped_column('x1'), mapped_column('y1'))\n    b: Mapped[Point] = composite(mapped_column('x2'), mapped_column('y2'))",
}


def by_us(models: str, **more: str) -> Metadata:
    files = {"shop/models.py": models, **{f"shop/{n}.py": text for n, text in more.items()}}
    return read_metadata(MemoryTree(files), ["shop/models.py"], "postgresql")


def columns(read: Metadata) -> dict[str, tuple[str | None, bool | None]]:
    return {c.name: (c.type, c.null) for c in read.tables["vertex"].table.columns}


def by_sqlalchemy(models: str) -> dict[str, tuple[str | None, bool | None]]:
    module = types.ModuleType("models_of_composites")
    sys.modules[module.__name__] = module
    try:
        exec(compile(models, module.__name__, "exec", dont_inherit=True), module.__dict__)
    finally:
        del sys.modules[module.__name__]
    table = module.Base.metadata.tables["vertex"]
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return {c.name: (c.type.compile(dialect).lower(), c.nullable) for c in table.columns}


WITHOUT_NULL = {"the class given", "attributes"}
"""Of which SQLAlchemy reads fields that may be None in a way of its own."""


@pytest.mark.parametrize("form", FORMS)
def test_a_composite_brings_its_columns(form: str) -> None:
    head = HEAD.replace("Optional[int]", "int") if form in WITHOUT_NULL else HEAD
    models = f"{head}    {FORMS[form]}\n"
    found = columns(by_us(models))

    wanted = {
        n: (str(t).replace("(9, 2)", "(9,2)"), null)
        for n, (t, null) in by_sqlalchemy(models).items()
    }
    assert {n: (str(t).replace(", ", ","), null) for n, (t, null) in found.items()} == wanted
    assert len(found) >= 3


def test_a_dataclass_of_another_module_speaks_that_modules_words() -> None:
    kinds = "from dataclasses import dataclass\nfrom datetime import date as day\n\n\n@dataclass\nclass Span:\n    since: day\n    until: day | None\n"
    models = HEAD.replace("import datetime\n", "from shop.kinds import Span\n")
    found = by_us(f"{models}    span: Mapped[Span] = composite()\n", kinds=kinds)

    assert columns(found) == {
        "id": ("integer", False), "since": ("date", False), "until": ("date", True)
    }  # fmt: skip


@pytest.mark.parametrize(
    "point",
    [
        "@dataclass\nclass Point(Other):\n    x: int\n    y: int",
        "@dataclass\nclass Point:\n    x: int\n    y: int = dataclasses.field(init=False)",
        "@dataclass\nclass Point:\n    x: int\n\n    def __init__(self, y):\n        self.y = y",
        "@odd\nclass Point:\n    x: int",
        "from elsewhere import Point",
    ],
)
def test_what_a_class_may_say_otherwise_is_not_known(point: str) -> None:
    begin, end = HEAD.index("@dataclass"), HEAD.index("class Plain")
    models = f"{HEAD[:begin]}{point}\n\n\n{HEAD[end:]}    {FORMS['names alone']}\n"
    read = by_us(models)

    assert {*columns(read)} == {"id"}
    assert not read.tables["vertex"].table.complete
