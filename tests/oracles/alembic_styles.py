"""
The files of a generated SQLAlchemy project, in several styles.

The same description is written with classic ``Column``, with ``Mapped``, with
Flask-SQLAlchemy and with SQLModel, over three files.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.oracles.alembic_projects import Col, Project, Tab

STYLES = ("classic", "mapped", "flask", "sqlmodel")
CLASSIC = {
    "str": "String",
    "str50": "String(50)",
    "str100": "String(length=100)",
    "text": "Text",
    "int": "Integer",
    "smallint": "SmallInteger()",
    "bigint": "BigInteger",
    "bool": "Boolean()",
    "float": "Float",
    "numeric": "Numeric(10, 2)",
    "numeric12": "Numeric(precision=12, scale=2)",
    "datetime": "DateTime",
    "datetimetz": "DateTime(timezone=True)",
    "date": "Date",
    "uuid": "Uuid",
    "json": "JSON",
    "bytes": "LargeBinary",
    "enum": "Enum(Mood)",
    "interval": "Interval",
}
PYTHON = {
    "str": "str",
    "str50": "str50",
    "str100": "str",
    "text": "str",
    "int": "int",
    "smallint": "int",
    "bigint": "int",
    "bool": "bool",
    "float": "float",
    "numeric": "Decimal",
    "numeric12": "Decimal",
    "datetime": "datetime.datetime",
    "datetimetz": "datetime.datetime",
    "date": "datetime.date",
    "uuid": "uuid.UUID",
    "json": "dict[str, Any]",
    "bytes": "bytes",
    "enum": "Mood",
    "interval": "datetime.timedelta",
}
IMPLIED = frozenset(
    {"str", "str50", "int", "bool", "float", "datetimetz", "date", "uuid", "json", "bytes", "enum"}
    | {"interval"}
)
"""Types that the annotation alone says (with the project's type_annotation_map)."""


def write(p: Project, style: str) -> dict[str, str]:
    """The files of *p* in *style*."""
    return {
        "app/__init__.py": "",
        "app/base.py": _BASES[style],
        "app/kinds.py": _KINDS,
        "app/mixins.py": _MIXINS[style],
        "app/models.py": "\n".join(_models(p, style)),
    }


_KINDS = """import enum


class Mood(enum.Enum):
    SAD = "sad"
    GLAD = "glad"
"""

_BASES = {
    "classic": """from sqlalchemy.orm import declarative_base

Base = declarative_base()
metadata = Base.metadata
""",
    "mapped": """import datetime
from typing import Any

from sqlalchemy import DateTime, JSON, MetaData, String
from sqlalchemy.orm import DeclarativeBase
from typing_extensions import Annotated

str50 = Annotated[str, 50]


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s_idx",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        str50: String(50),
        datetime.datetime: DateTime(timezone=True),
        dict[str, Any]: JSON,
    }


metadata = Base.metadata
""",
    "flask": """from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()
""",
    "sqlmodel": """from sqlmodel import SQLModel

metadata = SQLModel.metadata
""",
}

_MIXINS = {
    "classic": """from sqlalchemy import Column, DateTime, func
from sqlalchemy.orm import declared_attr


class Stamped:
    created = Column(DateTime(timezone=True), server_default=func.now(), nullable=False)

    @declared_attr
    def updated(cls):
        return Column(DateTime, index=True)
""",
    "mapped": """import datetime
from typing import Optional

from sqlalchemy import func
from sqlalchemy.orm import Mapped, declared_attr, mapped_column


class Stamped:
    created: Mapped[datetime.datetime] = mapped_column(server_default=func.now())

    @declared_attr
    def updated(cls) -> Mapped[Optional[datetime.datetime]]:
        return mapped_column(index=True, nullable=True)
""",
    "flask": """from .base import db


class Stamped:
    created = db.Column(db.DateTime, nullable=False)
    updated = db.Column(db.DateTime, index=True)
""",
    "sqlmodel": """import datetime

from sqlmodel import Field, SQLModel


class Stamped(SQLModel):
    created: datetime.datetime
    updated: datetime.datetime | None = Field(default=None, index=True)
""",
}

_HEADS = {
    "classic": """import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Enum, Float, ForeignKey
from sqlalchemy import Index, Integer, Interval, JSON, LargeBinary, Numeric, SmallInteger, String
from sqlalchemy import Table, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import relationship

from app.base import Base
from app.kinds import Mood
from app.mixins import Stamped
""",
    "mapped": """from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from typing import Any, Optional

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Enum, Float, ForeignKey
from sqlalchemy import Index, Integer, Interval, JSON, LargeBinary, Numeric, SmallInteger, String
from sqlalchemy import Table, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base, str50
from .kinds import Mood
from .mixins import Stamped
""",
    "flask": """from app.base import db
from app.kinds import Mood
from app.mixins import Stamped
""",
    "sqlmodel": """import datetime
import uuid
from decimal import Decimal
from typing import Any, Optional

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Enum, Float, ForeignKey
from sqlalchemy import Index, Integer, Interval, JSON, LargeBinary, Numeric, SmallInteger, String
from sqlalchemy import Table, Text, UniqueConstraint, Uuid
from sqlmodel import Field, SQLModel

from app.kinds import Mood
from app.mixins import Stamped
""",
}


def _models(p: Project, style: str) -> Iterator[str]:
    yield _HEADS[style]
    dot = "db." if style == "flask" else ""
    metadata = {"flask": "db.metadata", "sqlmodel": "SQLModel.metadata"}.get(style, "Base.metadata")
    for tab in p.tabs:
        yield from _class(tab, style, dot)
    for name, one, two in p.links:
        yield ""
        yield f"{name} = {dot}Table("
        yield f'    "{name}",'
        yield f"    {metadata},"
        yield f'    {dot}Column("one_id", {dot}ForeignKey("{one}.id"), primary_key=True),'
        yield f'    {dot}Column("two_id", {dot}Integer, {dot}ForeignKey("{two}.id"), primary_key=True),'
        yield ")"


def _class(tab: Tab, style: str, dot: str) -> Iterator[str]:
    parents = {"flask": "db.Model", "sqlmodel": "SQLModel, table=True"}.get(style, "Base")
    if tab.stamped:
        parents = "Stamped, table=True" if style == "sqlmodel" else f"Stamped, {parents}"
    yield ""
    yield ""
    yield f"class {tab.cls}({parents}):"
    if tab.doc:
        yield f'    """{tab.doc}"""'
    yield f'    __tablename__ = "{tab.name}"'
    args = [f"{dot}UniqueConstraint({', '.join(map(repr, names))})" for names in tab.uniques]
    args += [
        f"{dot}Index({name!r}, {', '.join(map(repr, names))}{', unique=True' if unique else ''})"
        for name, names, unique in tab.indexes
    ]
    if args:
        yield f"    __table_args__ = ({', '.join(args)},)"
    yield from _columns(tab, style, dot)
    for number in range(tab.methods):
        yield ""
        yield f"    def method_{number}(self):"
        yield f"        return {number}"


def _columns(tab: Tab, style: str, dot: str) -> Iterator[str]:
    if style == "mapped":
        yield "    id: Mapped[int] = mapped_column(primary_key=True)"
    elif style == "sqlmodel":
        yield "    id: Optional[int] = Field(default=None, primary_key=True)"
    else:
        yield f"    id = {dot}Column({dot}Integer, primary_key=True)"
    for col in tab.cols:
        if col.comment:
            yield f"    # {col.comment}"
        yield f"    {_column(col, style, dot)}"


def _column(col: Col, style: str, dot: str) -> str:
    attribute = col.attribute or col.name
    kind = CLASSIC[col.type]
    args = [repr(col.name)] if attribute != col.name else []
    options = [f"{flag}=True" for flag in ("index", "unique") if getattr(col, flag)]
    if style in {"classic", "flask"}:
        args.append(dot + kind)
        if col.fk:
            args.append(f'{dot}ForeignKey("{col.fk}"{_action(col)})')
        if not col.null:
            options.append("nullable=False")
        if col.default:
            options.append("default=None")
        return f"{attribute} = {dot}Column({', '.join([*args, *options])})"
    python = PYTHON[col.type]
    if style == "mapped":
        if col.type not in IMPLIED:
            args.append(kind)
        if col.fk:
            args.append(f'ForeignKey("{col.fk}"{_action(col)})')
        if col.default:
            options.append("default=None")
        inside = f"Optional[{python}]" if col.null else python
        call = ", ".join([*args, *options])
        right = f" = mapped_column({call})" if call else ""
        return f"{attribute}: Mapped[{inside}]{right}"
    python = "str" if python == "str50" else python
    inside = f"{python} | None" if col.null else python
    options = [] if not col.null and not col.default else ["default=None"]
    if attribute != col.name or col.type in {"json", "numeric", "numeric12", "datetimetz"}:
        extra = [f"{flag}=True" for flag in ("index", "unique") if getattr(col, flag)]
        extra += [] if col.null else ["nullable=False"]
        reference = [f'ForeignKey("{col.fk}"{_action(col)})'] if col.fk else []
        options.append(f"sa_column=Column({', '.join([*args, kind, *reference, *extra])})")
    else:
        options += [f"{flag}=True" for flag in ("index", "unique") if getattr(col, flag)]
        if col.type in {"str50", "str100"}:
            options.append(f"max_length={col.type[3:]}")
        elif col.type in {"text", "bigint", "smallint", "bytes", "interval", "float", "enum"}:
            options.append(f"sa_type={kind}")
        if col.fk:
            options.append(f'foreign_key="{col.fk}"{_action(col)}')
    right = f" = Field({', '.join(options)})" if options else ""
    return f"{attribute}: {inside}{right}"


def _action(col: Col) -> str:
    return f', ondelete="{col.on_delete}"' if col.on_delete else ""
