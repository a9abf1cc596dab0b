"""Which table the columns of an inheriting class go to, as the libraries themselves decide it."""

from __future__ import annotations

import sys
import types

import pytest
import sqlalchemy as sa

from analyzers.read.alembic.metadata import read_metadata
from analyzers.trees import MemoryTree

FLASK = '''
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class Challenge(db.Model):
    __tablename__ = "challenges"
    id = db.Column(db.Integer, primary_key=True)
    type = db.Column(db.String(80))
    __mapper_args__ = {"polymorphic_identity": "standard", "polymorphic_on": type}


class DynamicChallenge(Challenge):
    """A primary key of its own: a table of its own."""
    id = db.Column(db.Integer, db.ForeignKey("challenges.id"), primary_key=True)
    decay = db.Column(db.Integer)
    __mapper_args__ = {"polymorphic_identity": "dynamic"}


class HiddenChallenge(Challenge):
    """None: its columns go to the parent's table."""
    reason = db.Column(db.Text)
    __mapper_args__ = {"polymorphic_identity": "hidden"}


class SlowChallenge(DynamicChallenge):
    pace = db.Column(db.Integer)
    __mapper_args__ = {"polymorphic_identity": "slow"}


class UserNote(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    text = db.Column(db.Text)


class PinnedNote(UserNote):
    pinned = db.Column(db.Boolean)


class Dated(db.Model):
    __abstract__ = True
    id = db.Column(db.Integer, primary_key=True)
    made = db.Column(db.DateTime)


class HTTPLog(Dated):
    status = db.Column(db.Integer)
'''

PLAIN = """
from sqlalchemy import Column, ForeignKey, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass


class Person(Base):
    __tablename__ = "person"
    id = Column(Integer, primary_key=True)
    kind = Column(String(20))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "person"}


class Engineer(Person):
    language = Column(Text)
    __mapper_args__ = {"polymorphic_identity": "engineer"}


class Manager(Person):
    __tablename__ = "manager"
    id = Column(Integer, ForeignKey("person.id"), primary_key=True)
    budget = Column(Integer)
    __mapper_args__ = {"polymorphic_identity": "manager"}


class Director(Manager):
    region = Column(Text)
    __mapper_args__ = {"polymorphic_identity": "director"}
"""


@pytest.mark.parametrize(
    ("source", "holder"), [(FLASK, "db"), (PLAIN, "Base")], ids=["flask", "plain"]
)
def test_columns_go_to_the_tables_that_the_library_makes(
    source: str, holder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader's tables and columns are those of the library's own metadata."""
    module = types.ModuleType("inheritance_models")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(source, module.__dict__)
    metadata: sa.MetaData = getattr(module, holder).metadata
    truth = {
        name: sorted(column.name for column in t.columns) for name, t in metadata.tables.items()
    }

    read = read_metadata(MemoryTree({"models.py": source.encode()}), ["models.py"], "postgresql")

    assert {n: sorted(c.name for c in t.table.columns) for n, t in read.tables.items()} == truth
    assert len(truth) >= 2
