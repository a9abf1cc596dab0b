"""Another type in an Alembic split: the models ask for the column that is there in the end."""

from __future__ import annotations

import pytest

from analyzers.results import SplitStep
from analyzers.review import review
from tests.support.alembic_trees import compare, files, revision

FIRST = 'op.create_table("item", sa.Column("id", sa.Integer, primary_key=True), sa.Column("qty", sa.Integer, nullable=False))'
CHANGE = 'op.alter_column("item", "qty", existing_type=sa.Integer(), type_=sa.BigInteger(), existing_nullable=False)'
HEAD = """from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "item"

    id: Mapped[int] = mapped_column(primary_key=True)
    qty: Mapped[int]{}
"""


def step_of(qty: str) -> SplitStep:
    """The step whose code asks for the new column alone."""
    base = {
        **files(one=revision("3f9a1c07be52", None, FIRST)),
        "shop/models.py": HEAD.format(""),
    }
    head = {
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", CHANGE),
        "shop/models.py": HEAD.format(qty),
        "shop/views.py": "",
    }
    steps = review(compare(base, head=head), sql=False).split.steps
    (found,) = (step for step in steps if step.kind == "code")
    return found


@pytest.mark.parametrize(
    ("qty", "told"),
    [
        (" = mapped_column(BigInteger)", ' = mapped_column("qty_new", BigInteger)'),
        (" = mapped_column(type_=BigInteger)", ' = mapped_column("qty_new", type_=BigInteger)'),
        (
            " = mapped_column(\n        BigInteger,\n    )",
            ' = mapped_column("qty_new",\n        BigInteger,\n    )',
        ),
        (
            ' = mapped_column(BigInteger)  # é "qty"',
            ' = mapped_column("qty_new", BigInteger)  # é "qty"',
        ),
    ],
)
def test_the_attribute_keeps_its_name_and_is_told_the_columns(qty: str, told: str) -> None:
    """The models of the pull request asked for the old column, which the next step drops."""
    step = step_of(qty)

    assert step.files == {"shop/models.py": HEAD.format(told)}
    assert set(step.paths) == {"shop/models.py", "shop/views.py"}
    assert "by hand" not in step.title


@pytest.mark.parametrize(
    "qty",
    [
        "",
        ' = mapped_column("qty", BigInteger)',
        ' = mapped_column(BigInteger)\n    __table_args__ = (Index("ix_qty", "qty"),)',
        ' = mapped_column(BigInteger)\n\n\nclass Part(Base):\n    __tablename__ = "part"\n\n'
        '    of: Mapped[int] = mapped_column(ForeignKey("item.qty"), primary_key=True)',
    ],
)
def test_what_cannot_be_told_is_left_to_a_person(qty: str) -> None:
    step = step_of(qty)

    assert step.files == {}
    assert step.paths == ("shop/views.py",)
    assert 'to be written by hand in the models: item.qty with the column "qty_new"' in step.title
