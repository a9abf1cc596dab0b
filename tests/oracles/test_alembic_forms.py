"""Forms of models that real projects have, read by us and made by SQLAlchemy itself."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from analyzers.read.alembic.metadata import read_metadata
from analyzers.trees import MemoryTree
from tests.oracles._alembic_real import described, named
from tests.oracles.alembic_real import compared

FORMS = {
    "tables of Flask-SQLAlchemy without a metadata": """
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()
metadata = db.metadata


class Post(db.Model):
    id = db.Column(db.Integer, primary_key=True)


links = db.Table(
    "links",
    db.Column("post_id", db.Integer, db.ForeignKey("post.id"), index=True, nullable=False),
    db.Column("tag", db.String(9)),
    db.UniqueConstraint("post_id", "tag"),
)
with_one = db.Table("with_one", db.metadata, db.Column("post_id", db.Integer))
""",
    "a base that a registry makes, for programs that run": """
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, ForeignKeyConstraint, Integer, MetaData, String, UniqueConstraint
from sqlalchemy.orm import registry

metadata = MetaData(
    naming_convention={"ix": "idx_%(column_0_N_label)s", "uq": "%(table_name)s_%(column_0_N_name)s_uq"}
)
made = registry(metadata=metadata)
if TYPE_CHECKING:
    Base = Any
else:
    Base = made.generate_base()


class Asset(Base):
    __tablename__ = "asset"
    id = Column(Integer, primary_key=True)
    name = Column(String(50), index=True)


class Watcher(Base):
    __tablename__ = "watcher"
    id = Column(Integer, primary_key=True)
    asset_id = Column("asset", Integer, nullable=False)
    place = Column(String)
    __table_args__ = (
        ForeignKeyConstraint((asset_id,), ["asset.id"], ondelete="CASCADE"),
        UniqueConstraint(asset_id, place),
    )


class Reader(Base):
    __tablename__ = "reader"
    id = Column(Integer, primary_key=True)
    asset_id = Column(Integer)
    __table_args__ = (ForeignKeyConstraint(columns=(asset_id,), refcolumns=["asset.id"]),)
""",
    "classes that a registry maps": """
from typing import Optional

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, registry

made = registry()
metadata = made.metadata


@made.mapped_as_dataclass
class File:
    __tablename__ = "file"
    name: Mapped[str] = mapped_column(sa.String(20))
    size: Mapped[Optional[int]] = mapped_column(default=None)
    id: Mapped[int] = mapped_column(primary_key=True, default=None)


@made.mapped
class Owner:
    __tablename__ = "owner"
    id = sa.Column(sa.Integer, primary_key=True)
    file_id = sa.Column(sa.ForeignKey("file.id"), index=True)
""",
    "names and attributes in table arguments, an index after its class": """
from sqlalchemy import Column, Index, Integer, String
from sqlalchemy.orm import declarative_base

Base = declarative_base()
metadata = Base.metadata


class Metric(Base):
    __tablename__ = "metrics"
    id = Column(Integer, primary_key=True)
    run = Column(String(32), nullable=False)
    step = Column("at_step", Integer)
    __table_args__ = (
        Index(f"index_{__tablename__}_run", "run"),
        Index("by_step", run, step, unique=True),
    )


Index("ix_metrics_step", Metric.step)
""",
    "columns of functions that take keywords, and of methods that say their type": """
from typing import Annotated

from sqlalchemy import Column, DateTime, Integer, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

Named = Annotated[str, mapped_column(String(17), nullable=False)]


class Base(DeclarativeBase):
    pass


metadata = Base.metadata


def stamp(**options):
    options.setdefault("server_default", func.now())
    options["index"] = True
    return Column(DateTime, **options)


def text(size, **options):
    given = {"nullable": False}
    given.update(options)
    return Column(String(size), **given)


class Owned:
    @declared_attr
    def owner(cls) -> Mapped[int]:
        return mapped_column()

    @declared_attr
    def note(cls) -> Mapped[str]:
        return Column(String(5))


class Order(Owned, Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    made = stamp()
    sent = stamp(nullable=False)
    code = text(9)
    name = text(12, nullable=True)
    title: Mapped[Named] = mapped_column(nullable=True)
    label: Mapped[Named]
""",
    "columns that SQLModel is given whole": """
from typing import Optional

from sqlalchemy import JSON, Column, Text
from sqlmodel import Field, SQLModel

metadata = SQLModel.metadata


class Note(SQLModel):
    text: str = Field(sa_column=Column(Text))


class Message(Note, table=True):
    __tablename__ = "message"
    id: Optional[int] = Field(default=None, primary_key=True)
    files: list[str] = Field(default_factory=list, sa_column=Column(JSON))
    extra: dict = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    sender: str
""",
}


@pytest.fixture
def loaded() -> Iterator[types.ModuleType]:
    module = types.ModuleType("forms_of_models")
    sys.modules[module.__name__] = module
    yield module
    del sys.modules[module.__name__]
    if "sqlmodel" in sys.modules:
        # It has one metadata for the whole process.
        sys.modules["sqlmodel"].SQLModel.metadata.clear()
        sys.modules["sqlmodel"].SQLModel._sa_registry.dispose()


@pytest.mark.parametrize("form", FORMS)
def test_the_tables_are_those_of_sqlalchemy(form: str, loaded: types.ModuleType) -> None:
    source = FORMS[form]
    exec(compile(source, "forms_of_models.py", "exec"), vars(loaded))  # our own text
    metadata: sa.MetaData = vars(loaded)["metadata"]
    theirs = {named(table): described(table) for table in metadata.tables.values()}

    found = read_metadata(
        MemoryTree({"forms_of_models.py": source}), ["forms_of_models.py"], "postgresql"
    )

    assert found.tables.keys() == theirs.keys()
    notes: list[str] = []
    for name, model in found.tables.items():
        count = compared(model.table, theirs[name], "", notes)
        assert count.same > 1
        assert count.unknown == 0
    assert notes == []


def test_of_two_tables_with_one_name_the_larger_schema_has_its_own() -> None:
    """A repository may keep its first schema beside the one that it runs with."""
    one = """
from sqlalchemy import Column, Integer
from sqlalchemy.orm import declarative_base
Base = declarative_base()


class Run(Base):
    __tablename__ = "runs"
    id = Column(Integer, primary_key=True)
"""
    more = """    ended = Column(Integer)


class Tag(Base):
    __tablename__ = "tags"
    id = Column(Integer, primary_key=True)
"""
    tree = MemoryTree({"app/first.py": one, "app/models.py": one + more})

    found = read_metadata(tree, ["app/first.py", "app/models.py"], "postgresql")

    assert [c.name for c in found.tables["runs"].table.columns] == ["id", "ended"]
