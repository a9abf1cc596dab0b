"""Names of tables that hang on whether a class inherits a table, compared with SQLAlchemy's own."""

from __future__ import annotations

import pytest

from analyzers.read.alembic.metadata import read_metadata
from analyzers.trees import MemoryTree

MODELS = """from sqlalchemy import Column, ForeignKey, Integer, String
from sqlalchemy import orm
from sqlalchemy.orm import declarative_base, declared_attr, has_inherited_table


class Named:
    @declared_attr
    def __tablename__(cls):
        BODY


Base = declarative_base(cls=Named)


class Person(Base):
    id = Column(Integer, primary_key=True)
    kind = Column(String(9))
    __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "person"}


class Manager(Person):
    budget = Column(Integer)
    __mapper_args__ = {"polymorphic_identity": "manager"}


class Head(Manager):
    office = Column(String(9))
    __mapper_args__ = {"polymorphic_identity": "head"}


class Engineer(Person):
    __tablename__ = "engineers"
    id = Column(ForeignKey("person.id"), primary_key=True)
    tool = Column(String(9))
    __mapper_args__ = {"polymorphic_identity": "engineer"}


class Abstract(Base):
    __abstract__ = True
    note = Column(String(9))


class Thing(Abstract):
    id = Column(Integer, primary_key=True)
"""
BRANCH = (
    "if has_inherited_table(cls):\n            return None\n        return cls.__name__.lower()"
)
FORMS = {
    "a branch": BRANCH,
    "a branch that falls through": "if not has_inherited_table(cls):\n            return cls.__name__.lower()",
    "an alternative": "if orm.has_inherited_table(cls):\n            return None\n        else:\n            return cls.__name__.lower()",
    "an expression": "return cls.__name__.lower() if not has_inherited_table(cls) else None",
    "another name": "return None if has_inherited_table(cls) else 'shop_' + cls.__name__.lower()",
}


def by_sqlalchemy(models: str) -> dict[str, set[str]]:
    space: dict[str, object] = {"__name__": "models"}
    exec(models, space)
    base = space["Base"]
    tables = base.metadata.tables  # type: ignore[attr-defined]
    return {name: {*table.columns.keys()} for name, table in tables.items()}


def by_us(models: str) -> dict[str, set[str]]:
    found = read_metadata(MemoryTree({"models.py": models}), ["models.py"], "postgresql").tables
    return {name: {c.name for c in mapped.table.columns} for name, mapped in found.items()}


@pytest.mark.parametrize("form", FORMS)
def test_a_class_that_inherits_a_table_has_none_of_its_own(form: str) -> None:
    models = MODELS.replace("BODY", FORMS[form]).replace(
        '"person.id"', '"shop_person.id"' if form == "another name" else '"person.id"'
    )
    found = by_us(models)

    assert found == by_sqlalchemy(models)
    assert len(found) == 3


@pytest.mark.parametrize(
    "body",
    [
        "if has_inherited_table(cls) and Named not in cls.__bases__:\n            return None\n        return cls.__name__.lower()",
        "if has_own_table(cls):\n            return None\n        return cls.__name__.lower()",
        BRANCH.replace("cls)", "cls.parent)"),
    ],
)
def test_what_else_a_name_hangs_on_is_not_known(body: str) -> None:
    # What is asked for is not known of the class with a table above it, so that nothing is said of it.
    assert "manager" not in by_us(MODELS.replace("BODY", body))


def test_a_long_line_of_classes_is_gone_through_once() -> None:
    line = "".join(f"class C{n + 1}(C{n}):\n    pass\n\n\n" for n in range(60))
    models = MODELS.replace("BODY", BRANCH) + "\n\nclass C0(Person):\n    pass\n\n\n" + line

    assert {*by_us(models)} == {"person", "engineers", "thing"}
