"""Models of SQLAlchemy's that several tests ask about, and the revision that makes their tables."""

from __future__ import annotations

MAPPED = """from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
"""

LINE = """

class Line(Base):
    __tablename__ = "lines"
    __table_args__ = ({args})
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
"""

LINES = """op.create_table(
    "lines",
    sa.Column("order_id", sa.Integer(), sa.ForeignKey("orders.id"), primary_key=True),
    sa.Column("number", sa.Integer(), primary_key=True),
    sa.UniqueConstraint(%s),
)"""

KEYED = MAPPED.replace("import Column,", "import Column, ForeignKey, UniqueConstraint,") + LINE
