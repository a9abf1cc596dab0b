"""
Generated SQLAlchemy projects: one description, written in several styles.

A project is a list of tables; a mutation changes one thing in it. The same
description is written with classic ``Column``, with ``Mapped``, with
Flask-SQLAlchemy and with SQLModel, over three files.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

STYLES = ("classic", "mapped", "flask", "sqlmodel")


@dataclass
class Col:
    name: str
    type: str
    """``str``, ``str50``, ``text``, ``int``, ``bigint``, ``bool``, ``float``, ``numeric``,
    ``datetime``, ``datetimetz``, ``date``, ``uuid``, ``json``, ``enum``, ``bytes``."""
    null: bool = False
    index: bool = False
    unique: bool = False
    fk: str | None = None
    """``table.column``"""
    attribute: str | None = None
    default: bool = False
    comment: str = ""


@dataclass
class Tab:
    name: str
    cls: str
    cols: list[Col]
    stamped: bool = False
    """Takes ``created`` and ``updated`` from a mixin."""
    uniques: list[tuple[str, ...]] = field(default_factory=list)
    indexes: list[tuple[str, tuple[str, ...], bool]] = field(default_factory=list)
    methods: int = 0
    doc: str = ""

    def col(self, name: str) -> Col:
        return next(c for c in self.cols if c.name == name)


@dataclass
class Project:
    tabs: list[Tab]
    links: list[tuple[str, str, str]] = field(default_factory=list)
    """Association tables: name, and the two tables."""


TYPES = (
    *("str", "str50", "str100", "text", "int", "bigint", "bool", "float", "numeric", "datetime"),
    *("datetimetz", "date", "uuid", "json", "bytes", "enum", "smallint", "numeric12", "interval"),
)
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


def project(seed: int) -> Project:
    """A project of 6 to 9 tables, always the same for one seed."""
    rng = random.Random(seed)
    tabs: list[Tab] = []
    for number in range(rng.randint(6, 9)):
        name = f"{rng.choice(['user', 'order', 'item', 'page', 'team', 'event'])}_{number}"
        cols = [
            Col(f"c{i}_{rng.choice(TYPES)}", rng.choice(TYPES)) for i in range(rng.randint(3, 8))
        ]
        for col in cols:
            col.null = rng.random() < 0.4
            col.default = rng.random() < 0.2
            if col.type not in {"json", "text", "bytes"}:
                col.index = rng.random() < 0.2
                col.unique = rng.random() < 0.15
            if rng.random() < 0.15:
                col.attribute = f"a_{col.name}"
        tab = Tab(name, name.title().replace("_", ""), cols, stamped=rng.random() < 0.5)
        for other in rng.sample(tabs, min(len(tabs), rng.randint(0, 2))):
            tab.cols.append(
                Col(
                    f"{other.name}_id",
                    "int",
                    null=rng.random() < 0.5,
                    index=rng.random() < 0.5,
                    fk=f"{other.name}.id",
                )
            )
        plain = [c.name for c in cols if c.type not in {"json", "text", "bytes"}]
        if len(plain) >= 2 and rng.random() < 0.6:
            tab.uniques.append(tuple(plain[:2]))
        if len(plain) >= 3 and rng.random() < 0.6:
            tab.indexes.append((f"by_{name}", tuple(plain[1:3]), rng.random() < 0.3))
        tabs.append(tab)
    links = [(f"{tabs[0].name}_{tabs[1].name}", tabs[0].name, tabs[1].name)]
    return Project(tabs, links)


# Mutations: each returns a description, or None where it does not apply.

Mutation = Callable[[Project, random.Random], str | None]


def add_column(p: Project, rng: random.Random) -> str | None:
    tab = rng.choice(p.tabs)
    col = Col(f"new_{rng.randint(0, 999)}", rng.choice(TYPES), null=rng.random() < 0.7)
    if col.type not in {"json", "text", "bytes"}:
        col.index, col.unique = rng.random() < 0.2, rng.random() < 0.2
    tab.cols.insert(rng.randint(0, len(tab.cols)), col)
    return f"add {tab.name}.{col.name} {col.type}"


def add_reference(p: Project, rng: random.Random) -> str | None:
    tab, other = rng.choice(p.tabs), rng.choice(p.tabs)
    col = Col(f"ref_{rng.randint(0, 999)}", "int", null=True, fk=f"{other.name}.id")
    tab.cols.append(col)
    return f"add {tab.name}.{col.name} -> {other.name}"


def _free(p: Project) -> list[tuple[Tab, Col]]:
    """Columns that no composite index or constraint names."""
    return [
        (t, c)
        for t in p.tabs
        for c in t.cols
        if not any(c.name in u for u in t.uniques) and not any(c.name in i[1] for i in t.indexes)
    ]


def remove_column(p: Project, rng: random.Random) -> str | None:
    tab, col = rng.choice(_free(p))
    if len(tab.cols) < 3:
        return None
    tab.cols.remove(col)
    return f"remove {tab.name}.{col.name}"


def rename_column(p: Project, rng: random.Random) -> str | None:
    tab, col = rng.choice(_free(p))
    col.name, old = f"{col.name}_renamed", col.name
    return f"rename {tab.name}.{old}"


def toggle_null(p: Project, rng: random.Random) -> str | None:
    tab = rng.choice(p.tabs)
    col = rng.choice(tab.cols)
    col.null = not col.null
    return f"null {tab.name}.{col.name} {col.null}"


def change_type(p: Project, rng: random.Random) -> str | None:
    tab, col = rng.choice([pair for pair in _free(p) if pair[1].fk is None])
    if col.index or col.unique:
        return None
    old, col.type = col.type, rng.choice([t for t in TYPES if t != col.type])
    return f"type {tab.name}.{col.name} {old} {col.type}"


def toggle_index(p: Project, rng: random.Random) -> str | None:
    tab, col = rng.choice(_free(p))
    if col.type in {"json", "text", "bytes"} or col.unique:
        return None
    col.index = not col.index
    return f"index {tab.name}.{col.name} {col.index}"


def toggle_unique(p: Project, rng: random.Random) -> str | None:
    tab, col = rng.choice(_free(p))
    if col.type in {"json", "text", "bytes"}:
        return None
    col.unique = not col.unique
    return f"unique {tab.name}.{col.name} {col.unique} index={col.index}"


def toggle_reference(p: Project, rng: random.Random) -> str | None:
    tab = rng.choice(p.tabs)
    refs = [c for c in tab.cols if c.fk]
    if refs and rng.random() < 0.5:
        refs[0].fk = None
        return f"drop fk {tab.name}.{refs[0].name}"
    ints = [c for c in tab.cols if c.type == "int" and not c.fk]
    if not ints:
        return None
    ints[0].fk = f"{p.tabs[0].name}.id"
    return f"add fk {tab.name}.{ints[0].name}"


def add_table(p: Project, rng: random.Random) -> str | None:
    name = f"fresh_{rng.randint(0, 999)}"
    cols = [Col("title", "str50", index=True), Col("owner_id", "int", fk=f"{p.tabs[0].name}.id")]
    p.tabs.append(Tab(name, name.title().replace("_", ""), cols, stamped=rng.random() < 0.5))
    return f"add table {name}"


def remove_table(p: Project, rng: random.Random) -> str | None:
    used = {c.fk.partition(".")[0] for t in p.tabs for c in t.cols if c.fk}
    used |= {n for link in p.links for n in link[1:]}
    free = [t for t in p.tabs if t.name not in used]
    if not free:
        return None
    tab = rng.choice(free)
    p.tabs.remove(tab)
    return f"remove table {tab.name}"


def composite_unique(p: Project, rng: random.Random) -> str | None:
    tab = rng.choice(p.tabs)
    if tab.uniques and rng.random() < 0.5:
        return f"drop unique {tab.name} {tab.uniques.pop()}"
    plain = tuple(c.name for c in tab.cols if c.type not in {"json", "text", "bytes"})[-2:]
    if len(plain) < 2 or plain in tab.uniques:
        return None
    tab.uniques.append(plain)
    return f"unique {tab.name} {plain}"


def composite_index(p: Project, rng: random.Random) -> str | None:
    tab = rng.choice(p.tabs)
    if tab.indexes and rng.random() < 0.5:
        return f"drop index {tab.name} {tab.indexes.pop()}"
    plain = tuple(c.name for c in tab.cols if c.type not in {"json", "text", "bytes"})[-2:]
    if len(plain) < 2:
        return None
    tab.indexes.append((f"fresh_{tab.name}", plain, rng.random() < 0.3))
    return f"index {tab.name} {plain}"


def toggle_link(p: Project, rng: random.Random) -> str | None:
    if rng.random() < 0.4 and p.links:
        return f"drop link {p.links.pop()}"
    one, two = rng.sample(p.tabs, 2)
    p.links.append((f"{one.name}_{two.name}_link", one.name, two.name))
    return f"link {one.name} {two.name}"


def toggle_mixin(p: Project, rng: random.Random) -> str | None:
    tab = rng.choice(p.tabs)
    tab.stamped = not tab.stamped
    return f"mixin {tab.name} {tab.stamped}"


def nothing(p: Project, rng: random.Random) -> str | None:
    """Edits that no database sees."""
    tab = rng.choice(p.tabs)
    match rng.randint(0, 5):
        case 0:
            tab.methods += 1
            return f"method {tab.name}"
        case 1:
            tab.doc = "What it is for."
            return f"doc {tab.name}"
        case 2:
            col = rng.choice(tab.cols)
            col.default = not col.default
            return f"python default {tab.name}.{col.name}"
        case 3:
            rng.shuffle(tab.cols)
            return f"order {tab.name}"
        case 4:
            col = rng.choice(tab.cols)
            used = any(col.name in names for _, names, _ in tab.indexes)
            col.attribute = None if col.attribute else f"a_{col.name}"
            return None if used else f"attribute {tab.name}.{col.name}"
        case _:
            col = rng.choice(tab.cols)
            col.comment = "why it is there"
            return f"comment {tab.name}.{col.name}"


MUTATIONS: tuple[Mutation, ...] = (
    *(add_column, add_reference, remove_column, rename_column, toggle_null, change_type),
    *(toggle_index, toggle_unique, toggle_reference, add_table, remove_table, composite_unique),
    *(composite_index, toggle_link, toggle_mixin, nothing, nothing),
)


def mutants(base: Project, seed: int, count: int) -> Iterator[tuple[str, Project]]:
    """*count* projects that differ from *base* in one thing, with what that is."""
    rng = random.Random(seed)
    made = 0
    while made < count:
        changed = copy.deepcopy(base)
        said = MUTATIONS[made % len(MUTATIONS)](changed, rng)
        if said is None:
            changed = copy.deepcopy(base)
            said = rng.choice(MUTATIONS)(changed, rng)
        if said is not None:
            made += 1
            yield said, changed


# Writing.


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
            args.append(f'{dot}ForeignKey("{col.fk}")')
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
            args.append(f'ForeignKey("{col.fk}")')
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
        reference = [f'ForeignKey("{col.fk}")'] if col.fk else []
        options.append(f"sa_column=Column({', '.join([*args, kind, *reference, *extra])})")
    else:
        options += [f"{flag}=True" for flag in ("index", "unique") if getattr(col, flag)]
        if col.type in {"str50", "str100"}:
            options.append(f"max_length={col.type[3:]}")
        elif col.type in {"text", "bigint", "smallint", "bytes", "interval", "float", "enum"}:
            options.append(f"sa_type={kind}")
        if col.fk:
            options.append(f'foreign_key="{col.fk}"')
    right = f" = Field({', '.join(options)})" if options else ""
    return f"{attribute}: {inside}{right}"
