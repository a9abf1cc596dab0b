"""Names of tables that the project's own functions make of their classes' names."""

from __future__ import annotations

import re

import pytest

from analyzers.read.alembic.patterns import matched
from analyzers.read.values import Call
from tests.support.alembic_trees import compare, files, findings, revision

MODELS = """import re

from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import DeclarativeBase, declared_attr

from shop import names
from shop.names import CAPITAL, of_class

HUMP = re.compile("([a-z0-9])([A-Z])")


def lowered(name):
    return name.lower()


def parted(name):
    \"\"\"Its words, joined.\"\"\"
    parts = re.split("(?=[A-Z])", name)
    return "_".join([part.lower() for part in parts if part])


def counted(name):
    total = 0
    for letter in name:
        total += 1
    return name.lower() + str(total)


class Humped:
    @staticmethod
    def humped(name):
        return re.sub("(?<!^)(?=[A-Z])", "-", name).lower()


class Base(Humped, DeclarativeBase):
    @declared_attr.directive
    def __tablename__(cls):
        BODY

    @staticmethod
    def humps(name):
        name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\\1_\\2", name)
        name = re.sub(r"([a-z\\d])([A-Z])", r"\\1_\\2", name)
        return name.lower()

    @classmethod
    def of_class(cls, name):
        return name.lower()


class OrderLine(Base):
    id = Column(Integer, primary_key=True)
"""
NAMES = """import re

CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def of_class(name):
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\\1_\\2", name)
    return parted(name)


def parted(name):
    return re.sub("([a-z0-9])([A-Z])", r"\\1_\\2", name).lower()


def twice(name):
    return "the_" + parted(name)
"""
KNOWN = {
    'return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()': "order_line",
    'return HUMP.sub(r"\\1_\\2", cls.__name__).lower() + "s"': "order_lines",
    "return lowered(cls.__name__)": "orderline",
    "return parted(cls.__name__)": "order_line",
    'return f"app_{parted(cls.__name__)}"': "app_order_line",
    'return CAPITAL.sub("_", cls.__name__).lower()': "order_line",
    "return names.parted(cls.__name__)": "order_line",
    "return of_class(cls.__name__)": "order_line",
    "return names.twice(cls.__name__)": "the_order_line",
    'name = cls.__name__\n        return re.sub("(?<!^)(?=[A-Z])", "_", name).lower()': "order_line",
    'return "_".join(re.findall("[A-Z][^A-Z]*", cls.__name__)).lower()': "order_line",
    "return cls.humps(cls.__name__)": "order_line",
    "return cls.humped(cls.__name__)": "order-line",
}
UNKNOWN = (
    "return counted(cls.__name__)",
    "return names.gone(cls.__name__)",
    "return names.parted(cls.__name__, 1)",
    'return re.sub(r"(\\w+)+$", "_", cls.__name__)',
    'return re.sub("(", "_", cls.__name__)',
    "return cls.__doc__",
    "return cls.of_class(cls.__name__)",
    "return cls.gone(cls.__name__)",
)


def said(body: str, table: str) -> int:
    """How many findings there are where the model gets a column, and the revision has made *table*."""
    made = f'op.create_table("{table}", sa.Column("id", sa.Integer(), primary_key=True))'
    models = MODELS.replace("BODY", body)
    start = {
        **files(one=revision("3f9a1c07be52", None, made)),
        "shop/__init__.py": "",
        "shop/names.py": NAMES,
        "shop/models.py": models,
    }
    head = {"shop/models.py": f"{models}    note = Column(String)\n"}
    return len(findings(compare(start, head=head), "missing-migration"))


@pytest.mark.parametrize(("body", "table"), KNOWN.items())
def test_a_table_has_the_name_that_a_function_makes_of_its_class_s(body: str, table: str) -> None:
    assert said(body, table) == 1
    assert said(body, "other") == 0


@pytest.mark.parametrize("body", UNKNOWN)
def test_a_name_that_is_not_known_is_no_table_s(body: str) -> None:
    assert said(body, "order_line") == said(body, "orderline10") == 0


def test_a_class_below_a_table_that_a_function_names_has_a_table_of_its_own() -> None:
    """What its parent's table gets is not its own."""
    child = "\n\nclass GiftLine(OrderLine):\n    id = Column(Integer, primary_key=True)\n"
    models = MODELS.replace("BODY", "return lowered(cls.__name__)")
    made = "\n".join(
        f'op.create_table("{name}", sa.Column("id", sa.Integer(), primary_key=True))'
        for name in ("orderline", "giftline")
    )
    start = {
        **files(one=revision("3f9a1c07be52", None, made)),
        "shop/models.py": models + child,
    }
    head = {"shop/models.py": f"{models}    note = Column(String)\n{child}"}

    (found,) = findings(compare(start, head=head), "missing-migration")

    assert found.table == "orderline"


@pytest.mark.parametrize(
    ("pattern", "known"),
    [
        ("[A-Z]+", True),
        (r"([A-Z]+)([A-Z][a-z])", True),
        (r"\w*\w*\w*x", False),
        ("(a+)+x", False),
        ("(a|a)*x", False),
        ("a?a?a?x", False),
        ("(?P<n>a)", True),
        ("[[a]", False),
        ("a" * 200, False),
    ],
)
def test_only_patterns_that_are_quick_are_matched(pattern: str, known: bool) -> None:
    text = "HTTPServer"

    found = matched("re.sub", (pattern, "_", text))

    assert found == (re.sub(pattern, "_", text) if known else None)
    assert matched(".sub", (Call("re.compile", (pattern,)), "_", text)) == found


CORE = """from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "user"
    __table_args__ = {"schema": "core"}
    id = Column(Integer, primary_key=True)
"""


@pytest.mark.parametrize(("path", "told"), [("SET search_path TO core", 0), ("", 1)])
def test_revisions_may_leave_a_table_s_schema_to_the_search_path(path: str, told: int) -> None:
    """Also where the first of them that speaks of the table is new."""
    made = 'op.create_table("core_log", sa.Column("id", sa.Integer(), primary_key=True))'
    log = '\n\nclass Log(Base):\n    __tablename__ = "core_log"\n    id = Column(Integer, primary_key=True)\n'
    start = {
        **files(one=revision("3f9a1c07be52", None, made)),
        "shop/models.py": CORE + log,
    }
    start["migrations/env.py"] += f"\nPATH = {path!r}\n"
    add = revision(
        "88d0e2b7a614", "3f9a1c07be52", 'op.add_column("user", sa.Column("note", sa.String()))'
    )
    model = {"shop/models.py": f"{CORE}    note = Column(String)\n{log}"}
    both = {**model, "migrations/versions/two.py": add}

    assert len(findings(compare(start, head=both), "missing-migration")) == told
    assert len(findings(compare(start, head=model), "missing-migration")) == 1
