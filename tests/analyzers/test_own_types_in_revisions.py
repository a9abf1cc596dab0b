"""Revisions whose columns have types that are classes of the project, as autogenerate writes them."""

from __future__ import annotations

import pytest

from analyzers.read.alembic.bodies import Bodies
from analyzers.read.cache import MemoryCache
from analyzers.trees import MemoryTree
from analyzers.vocabulary import CreateTable
from tests.support.alembic_trees import compare, files, findings, revision

KINDS = """from sqlalchemy import DateTime, TypeDecorator


class Naive(TypeDecorator):
    impl = DateTime
"""
MODELS = """from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import declarative_base
from shop.kinds import Naive

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    at = Column(Naive, nullable=True)
    size = Column(Integer)
"""
MADE = """import shop.kinds

op.create_table(
    "orders",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("at", shop.kinds.Naive(), nullable=True),
    sa.Column("size", sa.Integer()),
)"""
ONE = "migrations/versions/one.py"
TWO = "migrations/versions/two.py"
START = {
    **files(one=revision("3f9a1c07be52", None, MADE)),
    "shop/models.py": MODELS,
    "shop/kinds.py": KINDS,
}
AT = "    at = Column(Naive, nullable=True)\n"


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (
            AT.replace("Naive", "String(30)"),
            'op.alter_column("orders", "at", existing_type=sa.DateTime(), '
            "type_=sa.String(length=30), existing_nullable=True)",
        ),
        (
            AT.replace("True", "False"),
            'op.alter_column("orders", "at", existing_type=sa.DateTime(), nullable=False)',
        ),
        ("", 'op.add_column("orders", sa.Column("at", sa.DateTime(), nullable=True))'),
    ],
    ids=["another type", "not null", "gone"],
)
def test_what_becomes_of_such_a_column_is_told_with_a_file(told: str, line: str) -> None:
    head = {"shop/models.py": MODELS.replace(AT, told)}

    (found,) = findings(compare(START, head=head), "missing-migration")
    (file,) = found.new_files
    assert line in file.content


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            'op.alter_column("orders", "size", type_=shop.kinds.Naive())',
            ["`orders.size` changes from integer to timestamp without time zone"],
        ),
        ('op.alter_column("orders", "at", type_=sa.DateTime())', []),
    ],
)
def test_a_change_from_or_to_such_a_type_is_judged(change: str, said: list[str]) -> None:
    two = revision("88d0e2b7a614", "3f9a1c07be52", f"import shop.kinds\n\n{change}")

    found = findings(compare(START, head={TWO: two}), "column-type-changed")
    assert [f.message.partition(":")[0] for f in found] == said


def test_what_is_kept_of_a_revision_leaves_the_type_to_each_tree() -> None:
    """Its class may be another in a pull request, or not be there at all."""
    cache = MemoryCache()
    texts = ("String(9)", "DateTime", None)
    types = []
    for said in texts:
        tree = dict(START)
        if said is None:
            del tree["shop/kinds.py"]
        else:
            tree["shop/kinds.py"] = KINDS.replace("impl = DateTime", f"impl = {said}").replace(
                "import DateTime", "import DateTime, String"
            )
        for read in (
            Bodies(MemoryTree(tree), cache).upgrade(ONE, "postgresql"),
            Bodies(MemoryTree(tree), cache).read(ONE, "postgresql").forward,
        ):
            (made,) = read
            assert isinstance(made, CreateTable)
            types.append(made.columns[1].type)

    assert types == [
        *2 * ["varchar(9)"],
        *2 * ["timestamp without time zone"],
        *2 * [None],
    ]
