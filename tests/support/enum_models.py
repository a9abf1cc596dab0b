"""Models with enums whose types PostgreSQL has, as the base of a pull request has them."""

from __future__ import annotations

from analyzers.findings import Finding
from tests.support.alembic_trees import INI, compare, files, findings, revision

MODELS = """import enum

from sqlalchemy import Column, Enum, Integer
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Mood(enum.Enum):
    SAD = "sad"
    GLAD = "glad"


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    mood = Column(Enum(Mood))
    was = Column(Enum(Mood))
"""


MAPPED = """import enum

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Mood(enum.Enum):
    SAD = "sad"
    GLAD = "glad"


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    mood: Mapped[Mood]
"""


FIRST = """op.create_table(
    "orders",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("mood", sa.Enum("SAD", "GLAD", name="mood"), nullable={}),
    {}
)"""


WAS = 'sa.Column("was", postgresql.ENUM("SAD", "GLAD", name="mood", create_type=False)),'


def start(models: str = MODELS, database: str = "postgresql") -> dict[str, str]:
    first = FIRST.format(models is not MAPPED, "" if models is MAPPED else WAS)
    return {
        **files(one=revision("3f9a1c07be52", None, first)),
        "alembic.ini": INI.replace("postgresql", database),
        "shop/models.py": models,
    }


def with_member(models: str, member: str = 'ANGRY = "angry"') -> str:
    return models.replace('    GLAD = "glad"\n', f'    GLAD = "glad"\n    {member}\n')


def told(base: dict[str, str], head: dict[str, str]) -> list[Finding]:
    return findings(compare(base, head=head), "missing-migration")


NEW = """

class Kind(enum.Enum):
    GIFT = "gift"


class Refund(Base):
    __tablename__ = "refunds"
    id = Column(Integer, primary_key=True)
    mood = Column(Enum(Mood))
    kind = Column(Enum(Kind))
"""


SIZED = MODELS.replace(
    "class Order", "class Size(enum.Enum):\n    S = 's'\n\n\nclass Order"
).replace("    was =", "    size = Column(Enum(Size))\n    was =")
