"""Sources of which each part leads to all others: none takes the square of its length."""

from __future__ import annotations

import ast
import contextlib
import time
from collections.abc import Iterator

import pytest

from analyzers.plan.model_source import without_keyword
from analyzers.read.alembic.metadata import read_metadata
from analyzers.read.drivers import only_mysql_is_installed
from analyzers.relate.alembic_index_source import Unwritable, index_call
from analyzers.relate.uses import places
from analyzers.trees import MemoryTree
from analyzers.vocabulary import Index
from tests.analyzers.test_alembic_sql_files import MODELS, SCHEMA, START
from tests.support.alembic_trees import compare, files, findings, revision

MANY = 60_000


@contextlib.contextmanager
def soon() -> Iterator[None]:
    began = time.process_time()
    yield
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "text",
    [
        "SET x" + " " * MANY + ";y",
        "SET lock_timeout = 1" + " " * MANY + ";y",
        "SELECT 1 --" + "\\n" * 2 * MANY + "x",
        "SELECT\\n 1" + " " * 2 * MANY + "x",
    ],
    ids=["before the end", "of a timeout", "before a comment", "before a line's end"],
)
def test_blanks_in_sql(text: str) -> None:
    first = revision("3f9a1c07be52", None, f'op.execute("{text}")')
    second = revision("3f9a1c07be52", None, f'op.execute("{text}z")')
    next_ = revision("88d0e2b7a614", "3f9a1c07be52", f'op.execute("{text}")')
    head = {"migrations/versions/one.py": second, "migrations/versions/two.py": next_}

    with soon():
        assert findings(compare(files(one=first), head=head), "committed-migration-edited")


def test_brackets_of_an_index() -> None:
    with soon(), pytest.raises(Unwritable):
        index_call(Index(name="ix", columns=("(" * 4 * MANY,)), '"orders"')


def test_extras_of_requirements() -> None:
    tree = MemoryTree({"requirements.txt": "extras=[" * MANY + "mysql]"})

    with soon():
        assert only_mysql_is_installed(tree)


@pytest.mark.parametrize(
    "text",
    ["unique " * MANY, "code " * MANY, "unique unique (code, town)"],
    ids=["the word", "a column", "twice"],
)
def test_words_of_a_schema(text: str) -> None:
    columns = "    code = Column(String)\n    town = Column(String)\n"
    before = f'{MODELS}{columns}    __table_args__ = (UniqueConstraint("town", name="one"),)\n'
    before = before.replace("String\n", "String, UniqueConstraint\n", 1)
    start = {**START, "shop/models.py": before, "migrations/schema.sql": SCHEMA + text}
    asked = '("code", "town", name' if text.endswith(")") else '("code", name'
    head = {"shop/models.py": before.replace('("town", name', asked)}

    with soon():
        found = findings(compare(start, head=head), "missing-migration")
    new = [f for f in found if " is new in the models" in f.message]
    assert bool(new) is not text.endswith(")")


BASE = "import enum\nfrom sqlalchemy.orm import declarative_base\n\nBase = declarative_base()\n"
KEY = "    id = Column(Integer, primary_key=True)\n"
ENUM = "class Mood(enum.Enum):\n" + "".join(f"    A{n} = {n}\n" for n in range(5_000))
COLUMNS = "".join(
    f"    a{n} = Column(Integer, server_default=Mood.A{n}.value)\n" for n in range(3_000)
)
HOOK = "class Kept:\n    def __declare_last__(cls):\n        pass\n"
CLASSES = "".join(
    f"class A{n}(Kept, Base):\n    __tablename__ = 'a{n}'\n{KEY}" for n in range(2_500)
)


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        (f"{BASE}{ENUM}class Order(Base):\n    __tablename__ = 'orders'\n{KEY}{COLUMNS}", 1),
        (f"{BASE}{HOOK}{CLASSES}", 2_500),
    ],
    ids=["members", "histories"],
)
def test_many_of_a_kind_in_models(text: str, tables: int) -> None:
    source = f"from sqlalchemy import Column, Integer\n{text}"

    with soon():
        found = read_metadata(MemoryTree({"m.py": source}), ["m.py"], "postgresql")
    assert len(found.tables) == tables


def test_relations_to_classes_above_one_another() -> None:
    classes = "".join(f"class A{n}(A{n + 1}): pass\n" for n in range(1_000))
    keys = "".join(f"    key{n} = models.ForeignKey(A{n})\n" for n in range(1_000))
    tree = MemoryTree(
        {
            "shop/models.py": f"{classes}class Order(models.Model):\n{keys}",
            **{f"shop/views{n}.py": "Order.key1.code\nOrder.code\n" for n in range(20)},
        }
    )

    with soon():
        assert {place.line for place in places(tree, "code", "Order")} == {1, 2}


def test_blanks_in_the_reason_of_an_ignore_comment() -> None:
    blanks = " " * MANY
    said = f"# twostep: ignore[not-null-column-added] it is{blanks}empty{blanks}until: 2031-01-31"
    operation = f'op.add_column("orders", sa.Column("a", sa.Text(), nullable=False))  {said}'
    head = {"migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", operation)}
    table = 'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))'

    with soon():
        (found,) = findings(
            compare(files(one=revision("3f9a1c07be52", None, table)), head=head),
            "not-null-column-added",
        )

    assert found.accepted is not None
    assert found.accepted.until == "2031-01-31"
    assert found.accepted.reason.startswith("it is")
    assert found.accepted.reason.endswith("empty")


def test_blanks_before_an_argument_that_is_taken_out() -> None:
    source = f"a = f(1{' ' * 4 * MANY}+ 2{' ' * MANY}, b=3)\n"

    with soon():
        written = without_keyword(source, ast.parse(source).body[0], "b")

    assert written.replace(" ", "") == "a=f(1+2)\n"
