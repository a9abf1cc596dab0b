"""Bases that are made in other ways, what they bring their models, and what a mapped parent keeps."""

from __future__ import annotations

import pytest

from analyzers.read.alembic.metadata import read_metadata
from analyzers.trees import MemoryTree
from tests.support.alembic_trees import compare, files, findings, revision

IMPORTS = "from sqlalchemy import Column, ForeignKey, Index, Integer, String\n"
MIXIN = f"""{IMPORTS}from sqlalchemy.orm import declarative_base


class Shared:
    __table_args__ = {{"schema": "shop"}}
    code = Column(String)
"""
CALLED = f"""{MIXIN}

Base = declarative_base(cls=Shared)
"""
LISTED = f"""{MIXIN}

class Bare:
    pass


Base = declarative_base(cls=(Bare, Shared))
"""
IMPORTED = f"""{IMPORTS}from sqlalchemy.orm import declarative_base
from shop.shared import Shared

Base = declarative_base(cls=Shared)
"""
FLASK = f"""{MIXIN}from flask_sqlalchemy import SQLAlchemy

Base = SQLAlchemy(model_class=Shared).Model
"""
DECORATED = f"""{IMPORTS}from sqlalchemy.orm import as_declarative


@as_declarative()
class Base:
    __table_args__ = {{"schema": "shop"}}
    code = Column(String)
"""
WITH_METADATA = f"""{IMPORTS}from sqlalchemy import MetaData
from sqlalchemy.ext.declarative import as_declarative


@as_declarative(metadata=MetaData(schema="shop"))
class Base:
    code = Column(String)
"""
REGISTERED = f"""{IMPORTS}from sqlalchemy import MetaData
from sqlalchemy.orm import registry

reg = registry(metadata=MetaData(schema="shop"))


@reg.as_declarative_base()
class Base:
    code = Column(String)
"""
RENAMED = f"""{MIXIN}from shop.database import BaseModel as Base
"""
DATABASE = """from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.model import DefaultMeta
from shop.shared import Shared

db = SQLAlchemy(model_class=Shared)
"""
NAMES = """from flask_sqlalchemy.model import DefaultMeta
from shop.extensions import db

BaseModel: DefaultMeta = db.Model
"""
BASES = {
    "called": CALLED,
    "of Flask, by another name": RENAMED,
    "several": LISTED,
    "imported": IMPORTED,
    "of Flask": FLASK,
    "decorated": DECORATED,
    "decorated, with its metadata": WITH_METADATA,
    "of a registry": REGISTERED,
}
ORDER = """

class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
"""
FIRST = (
    'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True),'
    ' sa.Column("code", sa.String()), schema="shop")'
)
ADD = 'op.add_column("orders", sa.Column("note", sa.String()), schema="shop")'


@pytest.mark.parametrize("name", sorted(BASES))
def test_a_made_base_brings_its_models_what_it_is_built_upon(name: str) -> None:
    """Columns and schema; a column without its revision is missing, one with it is not."""
    models = BASES[name] + ORDER
    start = {
        **files(one=revision("3f9a1c07be52", None, FIRST)),
        "shop/models.py": models,
        "shop/shared.py": MIXIN,
        "shop/extensions.py": DATABASE,
        "shop/database.py": NAMES,
    }
    more = {"shop/models.py": f"{models}    note = Column(String)\n"}
    two = {"migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", ADD)}
    coded = {path: text.replace("code =", "number =") for path, text in start.items()}

    def said(head: dict[str, str]) -> set[tuple[str | None, str | None]]:
        found = findings(compare(start, head=head), "missing-migration")
        return {(f.table, f.column) for f in found}

    assert said(more) == {("shop.orders", "note")}
    assert said({**more, **two}) == set()
    assert ("shop.orders", "number") in said(coded)


PARENT = """

class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    at = Column(Integer)
    {args}


class Sale(Order):
    __tablename__ = "sales"
    id = Column(Integer, ForeignKey("orders.id"), primary_key=True)
    at = Column(Integer)
"""
PLAIN = '__table_args__ = (Index("ix_at", "at"),)'
METHOD = """@declared_attr
    def __table_args__(cls):
        return (Index(cls.__tablename__ + "_at", "at"),)
"""


@pytest.mark.parametrize(("args", "tables"), [(PLAIN, {"orders"}), (METHOD, {"orders", "sales"})])
def test_arguments_of_a_mapped_parent_s_table_stay_with_it(args: str, tables: set[str]) -> None:
    """SQLAlchemy hands on what a mixin or an abstract base writes, of a mapped class a method alone."""
    made = 'op.create_table({}, sa.Column("id", sa.Integer(), primary_key=True), sa.Column("at", sa.Integer()))'
    both = "\n".join(made.format(name) for name in ('"orders"', '"sales"'))
    base = f"{IMPORTS}from sqlalchemy.orm import declarative_base, declared_attr\n\nBase = declarative_base()\n"
    start = {
        **files(one=revision("3f9a1c07be52", None, both)),
        "shop/models.py": base + PARENT.format(args=""),
    }
    head = {"shop/models.py": base + PARENT.format(args=args)}

    found = findings(compare(start, head=head), "missing-migration")

    assert {f.table for f in found if f.message.startswith("Index")} == tables


META = """from sqlalchemy import MetaData
from sqlalchemy.orm import declarative_base

metadata = MetaData(naming_convention={"ix": "i_%(table_name)s_%(column_0_name)s"})
Base = declarative_base(metadata=metadata)
of_base = Base.metadata
"""
TABLE = 'Table("{name}", {metadata}, Column("id", Integer, primary_key=True){more})\n'


@pytest.mark.parametrize(
    ("line", "metadata"),
    [
        ("from shop import meta", "meta.metadata"),
        ("from shop.meta import metadata", "metadata"),
        ("from shop.meta import of_base", "of_base"),
        ("from shop.meta import Base", "Base.metadata"),
    ],
)
def test_tables_of_one_metadata_belong_together_whatever_file_they_stand_in(
    line: str, metadata: str
) -> None:
    """A file's first table is missing like any other of the same ``MetaData``, its indexes by its convention."""
    imports = f"from sqlalchemy import Column, Integer, Table\n{line}\n"
    first = imports + "orders = " + TABLE.format(name="orders", metadata=metadata, more="")
    more = ', Column("at", Integer, index=True)'
    second = imports + "sales = " + TABLE.format(name="sales", metadata=metadata, more=more)
    made = 'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))'
    start = {
        **files(one=revision("3f9a1c07be52", None, made)),
        "shop/meta.py": META,
        "shop/orders.py": first,
    }

    found = findings(compare(start, head={"shop/sales.py": second}), "missing-migration")
    assert [f.table for f in found] == ["sales"]
    assert "i_sales_at" in found[0].new_files[0].content


WHOLE = """from sqlalchemy import Column, Index, Integer, String, Table
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Order(Base):
    __table__ = Table("orders", Base.metadata, Column("id", Integer, primary_key=True){more})
"""


@pytest.mark.parametrize(
    ("more", "after", "said"),
    [
        (', Column("code", String)', "", set()),
        (', Column("code", String), Column("note", String)', "", {"note"}),
        (', Column("code", String)', '\nIndex("ix", Order.code)\n', {None}),
        ("", "", {"code"}),
        (", autoload_with=engine", "", set()),
    ],
)
def test_a_class_may_be_given_its_table_whole(more: str, after: str, said: set[str | None]) -> None:
    """Its columns are what is missing and gone; of a table that is loaded from the database none is."""
    made = FIRST.replace(', schema="shop"', "")
    start = {
        **files(one=revision("3f9a1c07be52", None, made)),
        "shop/models.py": WHOLE.format(more=', Column("code", String)'),
    }
    head = {"shop/models.py": WHOLE.format(more=more) + after + "\n\n"}

    found = findings(compare(start, head=head), "missing-migration")
    assert {f.column for f in found} == said
    assert {f.model for f in found} <= {"Order"}


def test_a_class_that_is_given_a_table_takes_none_of_its_name() -> None:
    """It is a view, most likely; that its base names tables by their classes is nothing to it."""
    base = f"""{IMPORTS}from sqlalchemy.orm import DeclarativeBase, declared_attr
from shop.views import current


class Base(DeclarativeBase):
    @declared_attr.directive
    def __tablename__(cls):
        return cls.__name__.lower()


class Orders(Base):
    id = Column(Integer, primary_key=True)
    code = Column(String)
"""
    more = """

class Current(Base):
    {whole}id = Column(Integer, primary_key=True)
"""
    made = FIRST.replace(', schema="shop"', "")
    start = {**files(one=revision("3f9a1c07be52", None, made)), "shop/models.py": base}

    def said(whole: str) -> list[str | None]:
        head = {"shop/models.py": base + more.format(whole=whole)}
        return [f.table for f in findings(compare(start, head=head), "missing-migration")]

    assert said("") == ["current"]
    assert said("__table__ = current.table\n    ") == []


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ('Index("ix", orders.c.code)', []),
        ('Index("ix", orders.columns.code, orders.c.id)', ["ix"]),
        ('Index("other", orders.c.code)', ["ix", "other"]),
        ("", ["ix"]),
        ('Index("ix", lines.c.code)', ["ix"]),
        ('Index("ix", orders.c.code)\nIndex(None, orders.c.id)', ["ix_orders_id"]),
        (
            'Index("ix", orders.c.code)\nIndex("low", func.lower(orders.c.code), orders.c.id.desc())',
            ["low"],
        ),
    ],
)
def test_an_index_may_stand_after_its_table(index: str, said: list[str]) -> None:
    """It is the table's, as one among its arguments."""
    made = FIRST.replace(', schema="shop"', "") + '\nop.create_index("ix", "orders", ["code"])'
    models = (
        "from sqlalchemy import Column, Index, Integer, MetaData, String, Table, func\n\nmeta = MetaData()\n"
        'orders = Table("orders", meta, Column("id", Integer, primary_key=True), Column("code", String))\n'
    )
    first = models + 'Index("ix", orders.c.code)\n'
    start = {**files(one=revision("3f9a1c07be52", None, made)), "shop/models.py": first}

    head = {"shop/models.py": f"{models}{index}\n\n"}
    found = findings(compare(start, head=head), "missing-migration")
    assert sorted(f.message.split("`")[1] for f in found) == said


def test_an_index_after_its_class_is_written_with_the_columns_that_it_names() -> None:
    """Attributes by the names of their columns, also within expressions, and in its condition."""
    models = f"""from sqlalchemy import Column, Index, Integer, MetaData, String, func
from sqlalchemy.orm import declarative_base

Base = declarative_base(metadata=MetaData(naming_convention={{"ix": "%(table_name)s_%(column_0_N_name)s_x"}}))
{ORDER}    coded = Column("code", String)
"""
    made = FIRST.replace(', schema="shop"', "")
    start = {**files(one=revision("3f9a1c07be52", None, made)), "shop/models.py": models}
    after = """

Index("low", func.lower(Order.coded), Order.id.desc(), unique=True)
Index(None, Order.coded, Order.id, postgresql_where=Order.coded.is_not(None))
"""
    found = findings(compare(start, head={"shop/models.py": models + after}), "missing-migration")

    assert [line for f in found for line in f.operations] == [
        'op.create_index("low", "orders", [sa.text("lower(code)"), sa.text("id desc")], unique=True)',
        'op.create_index("orders_code_id_x", "orders", ["code", "id"], unique=False,'
        ' postgresql_where=sa.text("code IS NOT NULL"))',
    ]


SALE = """from sqlalchemy import Column, Integer
from shop.meta import {name}


{decorator}class Sale{parents}:
    __tablename__ = "sales"
    id = Column(Integer, primary_key=True)
"""


@pytest.mark.parametrize(
    ("given", "decorator", "parents"),
    [
        ("made = registry(metadata=metadata)", "@made.mapped\n", ""),
        ("made = registry(metadata=metadata).generate_base()", "", "(made)"),
        ("reg = registry(metadata=metadata)\nmade = reg.generate_base()", "", "(made)"),
        ("made = declarative_base(metadata=metadata)", "", "(made)"),
        ("class made(DeclarativeBase):\n    metadata = metadata", "", "(made)"),
        ("class made(DeclarativeBase):\n    registry = registry(metadata=metadata)", "", "(made)"),
        ("made = declarative_base(metadata=MetaData())", "", None),
        ("other = MetaData()\nmade = declarative_base(metadata=other)", "", None),
    ],
)
def test_bases_that_are_given_one_metadata_are_one(
    given: str, decorator: str, parents: str | None
) -> None:
    """Their tables are the revisions' as well; those of another ``MetaData`` are not."""
    meta = "from sqlalchemy import MetaData\nfrom sqlalchemy.orm import DeclarativeBase, declarative_base, registry\n\nmetadata = MetaData()\n"
    orders = (
        "from sqlalchemy import Column, Integer, Table\nfrom shop.meta import metadata\n\norders = "
    )
    start = {
        **files(one=revision("3f9a1c07be52", None, FIRST.replace(', schema="shop"', ""))),
        "shop/meta.py": meta + given + "\n",
        "shop/orders.py": orders + TABLE.format(name="orders", metadata="metadata", more=""),
    }
    sale = SALE.format(name="made", decorator=decorator, parents=parents or "(made)")

    found = findings(compare(start, head={"shop/sale.py": sale}), "missing-migration")
    assert [f.table for f in found] == (["sales"] if parents is not None else [])


ABSTRACT = f"""{IMPORTS}from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Named(Base):
    __abstract__ = True
    id = Column(Integer, primary_key=True)
    name = Column(String)


class Tag(Named):
    __tablename__ = "tags"
"""
MAKE = (
    'op.create_table("{}", sa.Column("id", sa.Integer(), primary_key=True),'
    ' sa.Column("name", sa.String()){})'
)
WITHOUT_COLUMNS = """from shop.models import Named


class Label(Named):
    __tablename__ = "labels"
"""
BY_ITSELF = """from sqlalchemy import Column, Integer, String, Table
from shop.models import Base

Table("labels", Base.metadata, Column("id", Integer, primary_key=True), Column("name", String))
"""


@pytest.mark.parametrize("written", [WITHOUT_COLUMNS, BY_ITSELF])
def test_a_table_of_which_its_file_says_little(written: str) -> None:
    """All columns of its class are the parent's, or nobody gives it a name in Python."""
    start = {
        **files(one=revision("3f9a1c07be52", None, MAKE.format("tags", ""))),
        "shop/models.py": ABSTRACT,
    }
    head = {"shop/labels.py": written}
    made = {
        "migrations/versions/two.py": revision(
            "88d0e2b7a614", "3f9a1c07be52", MAKE.format("labels", "")
        )
    }

    (found,) = findings(compare(start, head=head), "missing-migration")
    assert found.table == "labels"
    assert findings(compare(start, head={**head, **made}), "missing-migration") == []


DATED = """{imports}from sqlalchemy.orm import declarative_base, declared_attr

Base = declarative_base()


class Dated:
    dated = True

    @declared_attr
    def at(cls):
{body}


class Order(Dated, Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    {own}
"""
ALWAYS = "        return Column(Integer)"
WHERE_DATED = "        if not cls.dated:\n            return None\n        return Column(Integer)"
WHERE_ASKED = "        if not asked(cls):\n            return None\n        return Column(Integer)"
WITH_HELP = """        def now(context):
            return Column if context else 1

        return Column(Integer, onupdate=now)"""
OF_ANOTHER_TABLE = """        made = {"order_id": Column(ForeignKey("orders.id"))}
        cls.Note = type("Note", (Base,), made)
        return relationship(cls.Note)"""


@pytest.mark.parametrize(
    ("body", "own", "said"),
    [
        (WHERE_DATED, "", set()),
        (WHERE_DATED, "dated = False", {"at"}),
        (WHERE_ASKED, "", set()),
        ("        column = Column(Integer)\n        return column", "", set()),
        ("        return None", "", {"at"}),
        (WITH_HELP, "", set()),
        (OF_ANOTHER_TABLE, "", {"at"}),
        (f"{OF_ANOTHER_TABLE} if cls.dated else Column(Integer)", "", set()),
    ],
)
def test_a_method_may_make_a_column_for_some_classes(body: str, own: str, said: set[str]) -> None:
    """What cannot be told is not gone."""
    made = 'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("at", sa.Integer()))'
    start = {
        **files(one=revision("3f9a1c07be52", None, made)),
        "shop/models.py": DATED.format(imports=IMPORTS, body=ALWAYS, own=""),
    }
    head = {"shop/models.py": DATED.format(imports=IMPORTS, body=body, own=own) + "\n\n"}

    found = findings(compare(start, head=head), "missing-migration")
    assert {f.column for f in found} == said


def test_a_method_s_column_is_missing_like_others() -> None:
    made = 'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))'
    before = DATED.format(imports=IMPORTS, body=WHERE_DATED, own="dated = False")
    start = {**files(one=revision("3f9a1c07be52", None, made)), "shop/models.py": before}
    head = {"shop/models.py": before.replace("    dated = False", "    dated = 1")}

    (found,) = findings(compare(start, head=head), "missing-migration")
    assert found.message == "Column `at` of `orders` is new in the models, and no revision says so."


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        ("return cls._made()", "classmethod", ["kinds.py"]),
        ("return cls._made()", "staticmethod", ["kinds.py"]),
        ("return cls._made()", "property", []),
        ("return cls._gone()", "classmethod", []),
        ("return cls._made(1)", "classmethod", []),
    ],
)
def test_a_method_may_hand_on_what_another_makes(body: str, kind: str, said: list[str]) -> None:
    """Where it stands is where it is made."""
    kinds = f"""from sqlalchemy import Column, String


class Kinds:
    @{kind}
    def _made(cls):
        \"\"\"A text.\"\"\"
        return Column(String, nullable=False)
"""
    made = 'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))'
    before = DATED.format(imports=IMPORTS, body="        return None", own="")
    before = f"from shop.kinds import Kinds\n{before}".replace("Order(Dated", "Order(Dated, Kinds")
    start = {
        **files(one=revision("3f9a1c07be52", None, made)),
        "shop/models.py": before,
        "shop/kinds.py": kinds,
    }
    head = {"shop/models.py": before.replace("return None", body)}

    found = findings(compare(start, head=head), "missing-migration")
    assert [f.place.path.rpartition("/")[2] for f in found] == said
    assert all(f.column == "at" for f in found)


def test_a_method_that_makes_a_column_with_a_function_of_its_own_is_read() -> None:
    made = 'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))'
    before = DATED.format(imports=IMPORTS, body="        return None", own="")
    start = {**files(one=revision("3f9a1c07be52", None, made)), "shop/models.py": before}
    head = {"shop/models.py": before.replace("        return None", WITH_HELP)}

    (found,) = findings(compare(start, head=head), "missing-migration")
    assert found.message == "Column `at` of `orders` is new in the models, and no revision says so."


MODELS_OF_A_PACKAGE = {
    "shop/base.py": """from sqlalchemy import MetaData
from sqlalchemy.orm import declared_attr, registry

NAMES = {"ix": "%(table_name)s_%(column_0_name)s_idx"}
reg = registry(metadata=MetaData(naming_convention=NAMES))
Base = reg.generate_base()
metadata = Base.metadata
""",
    "shop/mixins.py": """from typing import Optional

from sqlalchemy import Column, Integer
from shop.loops import *

SIZE = 7
_HIDDEN = 8


class Coded:
    code = Column(Integer, nullable=False)
""",
    "shop/loops.py": "from shop.mixins import *\n",
    "shop/orders.py": """from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy import Column, Integer, String, Table
from shop.base import *
from shop.mixins import *

tags = Table("tags", metadata, Column("id", Integer, primary_key=True), Column("code", Integer, index=True))


class Order(Coded, Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    name: Mapped[Optional[str]] = mapped_column(String(SIZE))
""",
}


def test_what_a_module_takes_from_another_as_a_whole_is_read() -> None:
    """``from shop.base import *`` brings the base, mixins, constants, and what these modules import."""
    made = (
        'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))\n'
        'op.create_table("tags", sa.Column("id", sa.Integer(), primary_key=True))'
    )
    start = {**files(one=revision("3f9a1c07be52", None, made)), "shop/models.py": ""}
    tables = findings(compare(start, head=MODELS_OF_A_PACKAGE), "missing-migration")

    assert sorted((f.table, f.column, f.operations) for f in tables if f.column) == [
        (
            "orders",
            "code",
            ('op.add_column("orders", sa.Column("code", sa.Integer(), nullable=False))',),
        ),
        (
            "orders",
            "name",
            ('op.add_column("orders", sa.Column("name", sa.String(length=7), nullable=True))',),
        ),
        (
            "tags",
            "code",
            ('op.add_column("tags", sa.Column("code", sa.Integer(), nullable=True))',),
        ),
    ]
    assert [f.message.split("`")[1] for f in tables if not f.column] == ["tags_code_idx"]


@pytest.mark.parametrize(
    ("taken", "kind"),
    [
        ("from shop.database import *", "varchar(20)"),
        ("from shop.database import Base, Column, Integer, String", "varchar(20)"),
        ("from shop import database\nfrom shop.database import *", "varchar(20)"),
        ("from shop.database import *\n\n\ndef String(size):\n    return sized(size)\n", None),
    ],
)
def test_all_that_sqlalchemy_has_may_be_imported_at_once(taken: str, kind: str | None) -> None:
    """Here, or by a module from which the models take it."""
    database = """from sqlalchemy import *
from sqlalchemy.orm import *
from sqlalchemy.ext.declarative import declarative_base

Base = declarative_base()
"""
    order = """

class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    code = Column(String(20))
"""
    tree = MemoryTree(
        {"shop/__init__.py": "", "shop/database.py": database, "shop/models.py": taken + order}
    )

    (table,) = read_metadata(tree, ["shop/models.py"], "postgresql").tables.values()
    column = table.table.column("code")
    assert column is not None
    assert column.type == kind


def test_so_may_a_revision_do() -> None:
    """Its tables and columns are those that the full names make."""
    models = f"{IMPORTS}from sqlalchemy.orm import declarative_base\n\nBase = declarative_base()\n"
    models += ORDER
    lines = revision("3f9a1c07be52", None, FIRST.replace("sa.", "").replace(', schema="shop"', ""))
    start = {
        **files(one=lines.replace("import sqlalchemy as sa", "from sqlalchemy import *")),
        "shop/models.py": models,
    }
    head = {"shop/models.py": f"{models}    code = Column(Integer)\n"}

    (found,) = findings(compare(start, head=head), "missing-migration")
    assert (
        found.message
        == "Column `code` of `orders` is `integer` in the models, and no revision says so."
    )
