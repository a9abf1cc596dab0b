"""What an `env.py` leaves out of autogenerate, as far as it is read."""

from __future__ import annotations

import ast
from types import SimpleNamespace
from typing import Any

import pytest

from analyzers.read.alembic.filters import Filter, Thing, filters_of, taken_in
from tests.support.alembic_trees import compare, files, findings, revision

READ = (
    'if type_ == "table":\n        return name in KNOWN\n    return True',
    'if name == "sqlite_sequence":\n        return False\n'
    '    if type_ == "table" and name not in KNOWN:\n        return False\n    return True',
    'if type_ in ("table", "column"):\n        return not reflected\n    else:\n        return True',
    'return not (type_ == "table" and reflected)',
    'if type_ == "index" and reflected:\n        return False\n    return True',
    'if name.startswith("gin"):\n        return False\n    return True',
    'return type_ == "table"',
    "return name in KNOWN",
    'if type_ != "table":\n        return False\n    return True',
    'LISTED = (("item", ["qty"]), ("item", ["a", "b"]))\n    if type_ == "index":\n'
    "        columns = [c.name for c in object.columns]\n"
    "        return (object.table.name, columns) not in LISTED\n    return True",
    'if type_ == "column" and object.table.name == "item":\n        return name != "qty"\n    return True',
    'if type_ == "table":\n        return object.name != "item"\n    pass\n    return True',
    'if type_ == "table" and name == "item":\n        return',
    'if type_ == "table":\n        return object.schema == "audit"\n    return True',
    'if type_ == "table" and object.schema:\n        return False\n    return True',
    'return type_ == "table" or object.table.schema is None',
    'both = type_ + ":" + name\n    return both not in {"index:gin_item", "column:qty"}',
)
UNREAD = (
    'if object.info.get("skip"):\n        return False\n    return True',
    "return name in CHANGED",
    "return name in TWICE",
    "return len(name) > 8",
    "for one in KNOWN:\n        if name == one:\n            return False\n    return True",
)
SPACE = 'KNOWN = ("item", "ix_item_qty")\nCHANGED = ["item"]\nCHANGED.append("gone")\nTWICE = ()\nTWICE = ("item",)\n'
THINGS = (
    Thing(kind="table", name="item", table="item", schema=None),
    Thing(kind="table", name="log", table="audit.log", schema="audit"),
    Thing(kind="table", name="gone", table="gone", reflected=True, schema=None),
    Thing(kind="column", name="qty", table="item", schema=None),
    Thing(kind="column", name="at", table="audit.log", schema="audit"),
    Thing(kind="column", name="price", table="item", reflected=True, schema=None),
    Thing(kind="index", name="ix_item_qty", table="item", columns=("qty",), schema=None),
    Thing(
        kind="index", name="gin_item", table="item", columns=("price",), reflected=True, schema=None
    ),
    Thing(kind="unique_constraint", name="uq", table="item", columns=("a", "b"), schema=None),
    Thing(kind="foreign_key_constraint", name="fk", table="item", columns=("qty",), schema=None),
)


def filter_of(body: str) -> str:
    return f"def include_object(object, name, type_, reflected, compare_to):\n    {body}\n"


def read(text: str) -> tuple[Filter, ...]:
    module = ast.parse(f"{text}\ncontext.configure(include_object=include_object)")
    return tuple(
        found
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        for found in filters_of(node.keywords, module)
    )


def real(thing: Thing) -> Any:
    """What SQLAlchemy would hand over, as far as these filters ask it."""
    bare = thing.table.rpartition(".")[2]
    return SimpleNamespace(
        name=thing.name,
        schema=thing.schema,
        table=SimpleNamespace(name=bare, schema=thing.schema),
        columns=[SimpleNamespace(name=column) for column in thing.columns or ()],
        info={"skip": thing.name == "qty"},
    )


@pytest.mark.parametrize("body", [*READ, *UNREAD])
def test_what_is_read_of_a_filter_is_what_it_says_when_it_is_called(body: str) -> None:
    space: dict[str, Any] = {}
    exec(SPACE + filter_of(body), space)  # our own text
    filters = read(SPACE + filter_of(body))
    assert filters
    known = []

    for thing in THINGS:
        said = taken_in(filters, thing)
        truth = space["include_object"](real(thing), thing.name, thing.kind, thing.reflected, None)
        assert said in {None, bool(truth)}, thing
        known.append(said is not None)

    assert all(known) == (body in READ)


@pytest.mark.parametrize(
    "head",
    [
        "def include_object(_, name, type_, *args):",
        "def include_object(_, name, type_, *args, **more):",
        "def include_object(object, name, *more):\n    type_ = more[0]",
        "include_object = lambda _, name, type_, reflected, compare_to:",
    ],
)
def test_a_filter_may_take_its_arguments_in_any_way(head: str) -> None:
    asked = 'not (type_ == "table" and name != "item")'
    text = f"{head} {asked}" if "lambda" in head else f"{head}\n    return {asked}\n"
    space: dict[str, Any] = {}
    exec(text, space)  # our own text

    said = [taken_in(read(text), thing) for thing in THINGS]

    truth = [
        space["include_object"](real(thing), thing.name, thing.kind, thing.reflected, None)
        for thing in THINGS
    ]
    assert all(one in {None, two} for one, two in zip(said, truth, strict=True))
    if "more[0]" not in head and "lambda" not in head:
        assert said == truth


def test_many_conditions_that_are_not_known_end() -> None:
    doubt = "\n    ".join(f"if object.info[{n}]:\n        x = {n}" for n in range(60))

    assert taken_in(read(filter_of(f"{doubt}\n    return True")), THINGS[0]) is None


MODELS = """from sqlalchemy import Column, Integer
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Item(Base):
    __tablename__ = "item"
    id = Column(Integer, primary_key=True)
    qty = Column(Integer{})
"""
MADE = 'op.create_table("item", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("qty", sa.Integer()))'


@pytest.mark.parametrize(
    ("body", "indexes", "columns"),
    [
        (READ[0], 1, 1),
        (READ[9], 0, 1),
        (READ[10], 1, 1),
        (READ[11], 0, 0),
        (UNREAD[0], 1, 1),
        (UNREAD[1], 0, 1),
    ],
)
def test_what_a_filter_leaves_out_is_not_missing(body: str, indexes: int, columns: int) -> None:
    """Where a filter cannot be read, it is taken to leave out indexes, and no column."""
    base = {
        **files(one=revision("3f9a1c07be52", None, MADE)),
        "shop/models.py": MODELS.format(""),
        "migrations/env.py": f'from alembic import context\nKNOWN = ("item",)\n{filter_of(body)}\n'
        "context.configure(include_object=include_object)\ncontext.run_migrations()\n",
    }
    indexed = {"shop/models.py": MODELS.format(", index=True")}
    more = {"shop/models.py": MODELS.format("") + "    price = Column(Integer)\n"}

    assert len(findings(compare(base, head=indexed), "missing-migration")) == indexes
    assert len(findings(compare(base, head=more), "missing-migration")) == columns


ASKING = 'if object.info.get("ours", True):\n        return True\n    return False'
ENV = "from alembic import context\n{}\ncontext.configure(include_object=include_object)\ncontext.run_migrations()\n"


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ('__tablename__ = "seen"', 1),
        ('__tablename__ = "seen"\n    __table_args__ = {"info": {"ours": False}}', 0),
        ('__tablename__ = "seen"\n    __table_args__ = {"info": {"other": False}}', 1),
    ],
)
def test_what_a_model_says_to_a_filter_is_asked(own: str, said: int) -> None:
    models = MODELS.format("")
    base = {
        **files(one=revision("3f9a1c07be52", None, MADE)),
        "shop/models.py": models,
        "migrations/env.py": ENV.format(filter_of(ASKING)),
    }
    view = f"{models}\n\nclass Seen(Base):\n    {own}\n    id = Column(Integer, primary_key=True)\n"
    gone = models.partition("class Item")[0]

    assert len(findings(compare(base, head={"shop/models.py": view}), "missing-migration")) == said
    assert len(findings(compare(base, head={"shop/models.py": gone}), "missing-migration")) == 1


@pytest.mark.parametrize(("kept", "said"), [("item", 1), ("other", 0)])
def test_a_filter_may_stand_in_another_module(kept: str, said: int) -> None:
    body = f'return type_ != "index" or object.table.name == "{kept}"'
    base = {
        **files(one=revision("3f9a1c07be52", None, MADE)),
        "shop/models.py": MODELS.format(""),
        "shop/filters.py": filter_of(body),
        "migrations/env.py": ENV.format("from shop.filters import include_object"),
    }
    indexed = {"shop/models.py": MODELS.format(", index=True")}

    assert len(findings(compare(base, head=indexed), "missing-migration")) == said


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ('{"schema": "audit"}', 1),
        ('{"schema": "other"}', 0),
        ('{"schema": settings.schema}', 1),
        ("{}", 0),
    ],
)
def test_a_filter_may_ask_for_the_schema(own: str, said: int) -> None:
    """Where it is not known, what it says is not either."""
    asked = 'return type_ != "table" or object.schema == "audit"'
    models = MODELS.format("")
    base = {
        **files(one=revision("3f9a1c07be52", None, MADE)),
        "shop/models.py": models,
        "migrations/env.py": ENV.format(filter_of(asked)),
    }
    seen = f'{models}\n\nclass Seen(Base):\n    __tablename__ = "seen"\n    __table_args__ = {own}\n    id = Column(Integer, primary_key=True)\n'

    assert len(findings(compare(base, head={"shop/models.py": seen}), "missing-migration")) == said


SAYS = [
    ('mapped_column(info={"skip": True})', 0),
    ('mapped_column(info={"other": True})', 1),
    ("mapped_column(info=dict(skip=True))", 0),
    ("mapped_column(info=HIDDEN)", 0),
    ("mapped_column()", 1),
]


@pytest.mark.parametrize(("column", "told"), SAYS)
@pytest.mark.parametrize("asked", ['.get("skip", False)', '.get("skip")'])
def test_a_column_may_say_to_a_filter_that_it_is_left_out(
    column: str, told: int, asked: str
) -> None:
    """As Alembic's own example has it; what a column says in a way that is not read may be just that."""
    body = (
        f'if type_ == "column" and not reflected and object.info{asked}:\n        return False\n'
        '    if type_ == "index" and name.endswith("_manual"):\n        return False\n    return True'
    )
    env = f"{filter_of(body)}\ncontext.configure(include_object=include_object)\n"
    models = (
        "from sqlalchemy import Index\n"
        "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n"
        "from shop.words import hidden as HIDDEN\n\n\nclass Base(DeclarativeBase):\n    pass\n\n\n"
        'class Item(Base):\n    __tablename__ = "item"\n    id: Mapped[int] = mapped_column(primary_key=True)\n'
        '    old: Mapped[int | None] = mapped_column(info={"since": 1})\n'
    )
    table = 'op.create_table("item", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("old", sa.Integer()))'
    start = {**files(one=revision("3f9a1c07be52", None, table)), "shop/models.py": models}
    start["migrations/env.py"] += env
    new = (
        '\n\nclass Note(Base):\n    __tablename__ = "note"\n    __table_args__ = (Index("ix_n_manual", "id"),)\n'
        "    id: Mapped[int] = mapped_column(primary_key=True)\n"
    )

    more = {"shop/models.py": f"{models}    note: Mapped[int] = {column}\n{new}"}
    found = findings(compare(start, head=more), "missing-migration")
    assert [f.table for f in found if f.column] == ["item"] * told
    (made,) = {file.content for f in found for file in f.new_files}
    assert "ix_n_manual" not in made
