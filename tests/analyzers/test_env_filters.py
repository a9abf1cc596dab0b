"""What an `env.py` leaves out of autogenerate, as far as it is read."""

from __future__ import annotations

import ast
from typing import Any, ClassVar

import pytest

from analyzers.read.alembic.filters import of_tables_alone
from tests.support.alembic_trees import compare, files, findings, revision

TABLES_ALONE = (
    'if type_ == "table":\n        return name in KNOWN\n    return True',
    'if name == "sqlite_sequence":\n        return False\n'
    '    if type_ == "table" and name not in KNOWN:\n        return False\n    return True',
    'if type_ in ("table", "column"):\n        return not reflected\n    else:\n        return True',
    'return not (type_ == "table" and reflected)',
)
MORE = (
    'if type_ == "index" and reflected:\n        return False\n    return True',
    'if object.info.get("skip"):\n        return False\n    return True',
    'if name.startswith("gin"):\n        return False\n    return True',
    'return type_ == "table"',
    "return name in KNOWN",
    'if type_ != "table":\n        return False\n    return True',
)


def filter_of(body: str) -> str:
    return f"def include_object(object, name, type_, reflected, compare_to):\n    {body}\n"


class Thing:
    """An object with a mark of its program, as `info` may hold one."""

    info: ClassVar[dict[str, bool]] = {"skip": True}


@pytest.mark.parametrize("body", [*TABLES_ALONE, *MORE])
def test_what_is_said_of_indexes_is_so(body: str) -> None:
    """Where we say that an index comes through, each of some does when the function is called."""
    module = ast.parse(filter_of(body))
    space: dict[str, Any] = {"KNOWN": ("item",)}
    exec(compile(module, "env.py", "exec"), space)  # our own text
    let_in = [
        space["include_object"](Thing(), name, "index", reflected, None)
        for name in ("ix_item_title", "gin_item")
        for reflected in (True, False)
    ]

    said = of_tables_alone(ast.Name(id="include_object"), module)

    assert said == (body in TABLES_ALONE)
    assert said == all(let_in)


@pytest.mark.parametrize(("body", "count"), [(TABLES_ALONE[0], 1), (MORE[0], 0)])
def test_an_index_is_missing_where_tables_alone_are_left_out(body: str, count: int) -> None:
    made = 'op.create_table("item", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("qty", sa.Integer()))'
    models = """from sqlalchemy import Column, Integer
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Item(Base):
    __tablename__ = "item"
    id = Column(Integer, primary_key=True)
    qty = Column(Integer{})
"""
    base = {
        **files(one=revision("3f9a1c07be52", None, made)),
        "shop/models.py": models.format(""),
        "migrations/env.py": f"from alembic import context\nKNOWN = ()\n{filter_of(body)}\n"
        "context.configure(include_object=include_object)\ncontext.run_migrations()\n",
    }
    head = {"shop/models.py": models.format(", index=True")}

    assert len(findings(compare(base, head=head), "missing-migration")) == count
