"""A table of SQLModel with its first revision, and what is said of one more line."""

from __future__ import annotations

from tests.support.alembic_trees import compare, files, findings, revision

FIRST = 'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))'
SQLMODEL = """import enum
import uuid

from sqlalchemy import JSON, Uuid
from sqlalchemy.schema import Column as SqlaColumn
from sqlmodel import Field, SQLModel


class State(str, enum.Enum):
    OPEN = "open"


class Level(enum.Enum):
    LOW = "low"


class Orders(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
"""


def lacking(models: str, line: str, column: str) -> list[str]:
    """What is said of *line* in the last model while a revision adds *column*."""
    start = {**files(one=revision("3f9a1c07be52", None, FIRST)), "shop/models.py": models}
    add = f'op.add_column("orders", {column})'
    head = {
        "shop/models.py": f"{models}    {line}\n",
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", add),
    }
    return [f.message for f in findings(compare(start, head=head), "missing-migration")]
