"""Changes beside the models that make their tables others: lengths, labels, helpers in modules that models import."""

from __future__ import annotations

import pytest

from tests.support.alembic_trees import compare, files, findings, revision

FIRST = """op.create_table(
    "orders",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("code", sa.String(length=9)),
    sa.Column("mood", sa.Enum("SAD", name="mood")),
)"""
MODELS = """from sqlalchemy import Column, Enum, Integer, String
from sqlalchemy.orm import declarative_base
{}

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    code = Column(String({}))
    mood = Column(Enum(Mood))
"""
LENGTH = "LENGTH = 9\n"
MOOD = "import enum\n\n\nclass Mood(enum.Enum):\n    SAD = 1\n"
ENUM = "from shop.moods import Mood"


def told(models: str, changed: dict[str, str | None], **beside: str) -> list[str]:
    start = {**files(one=revision("3f9a1c07be52", None, FIRST)), "shop/models/order.py": models}
    start |= {"shop/__init__.py": "", "shop/moods.py": MOOD, **beside}
    return [
        f.message.split(",")[0] for f in findings(compare(start, head=changed), "missing-migration")
    ]


WIDER = ["Column `code` of `orders` is `varchar(12)` in the models"]


@pytest.mark.parametrize(
    ("imports", "length"),
    [
        ("from shop.sizes import LENGTH", "LENGTH"),
        ("from ..sizes import LENGTH as OF_CODES", "OF_CODES"),
        ("from shop import sizes", "sizes.LENGTH"),
        ("from .. import sizes as of", "of.LENGTH"),
        ("from shop.limits import LENGTH", "LENGTH"),
        ("from shop.sizes import *", "LENGTH"),
    ],
)
def test_a_constant_in_another_file_changes_a_column(imports: str, length: str) -> None:
    beside = {"shop/sizes.py": LENGTH, "shop/limits.py": "from .sizes import LENGTH\n"}
    models = MODELS.format(f"{ENUM}\n{imports}", length)

    assert told(models, {"shop/sizes.py": "LENGTH = 12\n"}, **beside) == WIDER
    assert told(models, {"shop/sizes.py": "LENGTH = 9  # of codes\n"}, **beside) == []
    assert told(models, {"shop/other.py": "LENGTH = 12\n"}, **beside) == []


def test_a_label_in_another_file_is_told() -> None:
    models = MODELS.format(ENUM, 9)

    assert told(models, {"shop/moods.py": f"{MOOD}    GLAD = 2\n"}) == [
        "The value `GLAD` of the enum `mood` is new in the models"
    ]
