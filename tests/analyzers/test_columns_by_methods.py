"""Columns that functions of classes make, and those that a library may have made."""

from __future__ import annotations

import pytest

from tests.support.alembic_trees import compare, files, findings, revision

MODELS = """import builtins
import decimal
import elsewhere
import sqlalchemy as sa
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = sa.Column(sa.Integer, primary_key=True)
    code = sa.Column(sa.String(20))
"""
CODE = "sa.Column(sa.String(20))"
FIRST = """op.create_table(
    "orders", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("code", sa.String(20)))"""
OWN = "class Order(Base):\n"
STATIC = "@staticmethod\n    def text(size=20):\n        return sa.Column(sa.String(size))\n"
PLAIN = STATIC.removeprefix("@staticmethod\n    ")


def told(models: str, **modules: str) -> list[str]:
    """What is missing where the models become these."""
    base = {**files(one=revision("3f9a1c07be52", None, FIRST)), "shop/models.py": MODELS}
    head = {"shop/models.py": models, **{f"shop/{k}.py": v for k, v in modules.items()}}
    return [f.message for f in findings(compare(base, head=head), "missing-migration")]


@pytest.mark.parametrize("function", [STATIC, PLAIN])
def test_a_column_that_a_function_in_the_class_makes_is_the_column(function: str) -> None:
    models = MODELS.replace(CODE, "text()").replace(OWN, f"{OWN}    {function}\n")

    assert not told(models)
    assert told(models.replace("text()", "text(size=30)")) == [
        "Column `code` of `orders` is `varchar(30)` in the models, and no revision says so."
    ]


@pytest.mark.parametrize("imported", ["from shop.makers import Make\n", ""])
def test_a_column_that_a_static_method_of_another_class_makes_is_the_column(imported: str) -> None:
    helper = f"class Make:\n    {STATIC}\n\n"
    models = MODELS.replace(CODE, "Make.text()")
    models = imported + (models if imported else models.replace(OWN, f"{helper}{OWN}"))
    makers = {"makers": f"import sqlalchemy as sa\n\n\n{helper}"}

    assert not told(models, **makers)
    (found,) = told(models.replace("text()", "text(30)"), **makers)
    assert "varchar(30)" in found


@pytest.mark.parametrize(
    "made",
    ["elsewhere.code()", "elsewhere.make(sa.String(20))", "MADE[0](sa.String(20))", "other(20)"],
)
def test_a_column_is_not_gone_where_it_is_not_known_what_is_made(made: str) -> None:
    assert not told(MODELS.replace(CODE, made))


@pytest.mark.parametrize(
    "made", ["decimal.Decimal(20)", "set()", "relationship('Code')", "sa.text('')", "20"]
)
def test_what_makes_no_column_takes_its_place(made: str) -> None:
    (found,) = told(MODELS.replace(CODE, made))

    assert found == "Column `code` of `orders` is gone from the models, and no revision says so."
