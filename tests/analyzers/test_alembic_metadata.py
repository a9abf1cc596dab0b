"""Tables of Flask-SQLAlchemy's own ``MetaData``, and the names that a ``MetaData`` is told to give afterwards."""

from __future__ import annotations

import pytest

from tests.support.alembic_trees import compare, files, findings, revision

FIRST = """op.create_table(
    "orders",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
)"""
START = files(one=revision("3f9a1c07be52", None, FIRST))
FLASK = """from flask_sqlalchemy import SQLAlchemy


class Database(SQLAlchemy):
    pass


db = Database()
"""
ORDER = """from shop.database import db


class Order(db.Model):
    __tablename__ = "orders"
    id = db.Column(db.Integer, primary_key=True)
"""
TABLE = """from sqlalchemy import Column, Integer, Table
from shop.database import db

tags = {call}("tags", {metadata}Column("id", Integer, primary_key=True))
"""


@pytest.mark.parametrize(
    ("call", "metadata"),
    [
        ("db.Table", ""),
        ("db.Table", "db.metadata, "),
        ("db.Table", "db.Model.metadata, "),
        ("Table", "db.metadata, "),
    ],
)
def test_a_new_table_of_flask_s_metadata_in_a_file_of_its_own(call: str, metadata: str) -> None:
    """It belongs to the models, though no revision knows a table of that file."""
    base = {**START, "shop/database.py": FLASK, "shop/orders.py": ORDER}
    tags = TABLE.format(call=call, metadata=metadata)

    (finding,) = findings(compare(base, head={"shop/tags.py": tags}), "missing-migration")
    assert finding.message == "Table `tags` is new in the models, and no revision says so."
    assert finding.new_files


ONE_FILE = """from flask_sqlalchemy import SQLAlchemy
{}

class Order(db.Model):
    __tablename__ = "orders"
    id = db.Column(db.Integer, primary_key=True)


tags = db.Table("tags", {}db.Column("id", db.Integer, primary_key=True){})
"""
MAKE_TAGS = """op.create_table(
    "tags",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("name", sa.String(), nullable=True),
    sa.PrimaryKeyConstraint("id"),
)
op.create_index("{}", "tags", ["name"])"""


@pytest.mark.parametrize("metadata", ["", "db.metadata, ", "db.Model.metadata, "])
@pytest.mark.parametrize("later", [True, False])
def test_the_tables_of_flask_have_its_naming_convention(later: bool, metadata: str) -> None:
    said = '{"ix": "index_%(table_name)s_%(column_0_name)s"}'
    made = f"\ndb = SQLAlchemy(metadata=MetaData(naming_convention={said}))\n"
    if later:
        made = f"\ndb = SQLAlchemy()\ndb.Model.metadata.naming_convention = {said}\n"
    base = {**START, "shop/models.py": ONE_FILE.partition("\n\ntags")[0].format(made)}
    more = ', db.Column("name", db.String, index=True)'
    models = ONE_FILE.format(f"from sqlalchemy import MetaData\n{made}", metadata, more)
    two = revision("88d0e2b7a614", "3f9a1c07be52", MAKE_TAGS.format("index_tags_name"))
    other = revision("88d0e2b7a614", "3f9a1c07be52", MAKE_TAGS.format("by_name"))
    head = {"shop/models.py": models, "migrations/versions/two.py": two}

    assert findings(compare(base, head=head), "missing-migration") == []
    head["migrations/versions/two.py"] = other
    said_of = [f.message for f in findings(compare(base, head=head), "missing-migration")]
    assert any("index_tags_name" in message for message in said_of)


CONVENTIONS = {
    "a class": """class Base(DeclarativeBase):
    pass


Base.metadata.naming_convention = {}
""",
    "a call": """Base = declarative_base()
Base.metadata.naming_convention = {}
""",
    "its own": """shared = MetaData()
shared.naming_convention = {}
Base = declarative_base(metadata=shared)
""",
}
DECLARED = """from sqlalchemy import Column, Integer, MetaData, String
from sqlalchemy.orm import DeclarativeBase, declarative_base

{}

class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
"""
ADD = """op.add_column("orders", sa.Column("note", sa.String(), nullable=True))
op.create_index("index_orders_note", "orders", ["note"])"""


@pytest.mark.parametrize("made", [*CONVENTIONS])
def test_a_convention_that_is_set_afterwards_names_the_indexes(made: str) -> None:
    convention = '{"ix": "index_%(table_name)s_%(column_0_name)s"}'
    models = DECLARED.format(CONVENTIONS[made].format(convention))
    head = {
        "shop/models.py": f"{models}    note = Column(String, index=True)\n",
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", ADD),
    }

    base = {**START, "shop/models.py": models}
    assert findings(compare(base, head=head), "missing-migration") == []
    del head["migrations/versions/two.py"]
    one, two = findings(compare(base, head=head), "missing-migration")
    assert "index_orders_note" in f"{one.message}{two.message}"


@pytest.mark.parametrize(("index", "written"), [("", True), (", index=True", False)])
def test_no_file_is_offered_without_the_index_that_belongs_to_it(index: str, written: bool) -> None:
    """What a function of the project makes of a name is not known."""
    convention = '{"ix": "ix_%(of_team)s_%(column_0_name)s", "of_team": team_of}'
    models = DECLARED.format(CONVENTIONS["a call"].format(convention))
    head = {"shop/models.py": f"{models}    note = Column(String{index})\n"}

    (finding,) = findings(
        compare({**START, "shop/models.py": models}, head=head), "missing-migration"
    )
    assert finding.message.startswith("Column `note` of `orders` is new")
    assert bool(finding.new_files) == written


PROGRAM = """from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class Order(db.Model):
    __tablename__ = "orders"
    id = db.Column(db.Integer, primary_key=True)
{}

class Line(db.Model):
    __tablename__ = "lines"
    id = db.Column(db.Integer, primary_key=True)


tags = db.Table("tags", db.Column("id", db.Integer, primary_key=True))
"""
EXAMPLE = """from flask_sqlalchemy import SQLAlchemy
from demo import app

db = SQLAlchemy(app)


class Order(db.Model):
    __tablename__ = "orders"
    id = db.Column(db.Integer, primary_key=True)
    client = db.Column(db.String)


carts = db.Table("carts", db.Column("id", db.Integer, primary_key=True))
"""


def test_each_object_of_flask_sqlalchemy_has_tables_of_its_own() -> None:
    """An example's, or another program's, are none that the revisions make."""
    base = {**START, "shop/models.py": PROGRAM.format("")}
    head = {"demo/models.py": EXAMPLE}

    assert findings(compare(base, head=head), "missing-migration") == []
    head["shop/models.py"] = PROGRAM.format("    note = db.Column(db.String)\n")
    (finding,) = findings(compare(base, head=head), "missing-migration")
    assert finding.message.startswith("Column `note` of `orders` is new")


ROUNDS = """from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table
from sqlalchemy.orm import declarative_base

meta = MetaData()
Base = declarative_base(metadata=meta)
KINDS = {kinds}

for kind in KINDS:
    Table(
        f"{{kind}}_roles",
        Base.metadata,
        Column(f"{{kind}}_id", ForeignKey(f"{{kind}}s.id"), primary_key=True),
        {more}
    )


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
"""


@pytest.mark.parametrize(
    ("kinds", "more", "lacking"),
    [
        (("order", "user"), "", set()),
        (("order", "user"), 'Column("level", Integer)', {"order_roles", "user_roles"}),
        (("order", "user", "group"), "", {"group_roles"}),
        ("all_kinds()", 'Column("level", Integer)', set()),
    ],
)
def test_tables_that_a_loop_makes(kinds: object, more: str, lacking: set[str]) -> None:
    """One for each of what is written out; of what is not known none is made, and none is gone."""
    before = ROUNDS.format(kinds=("order", "user"), more="")
    made = "\n".join(
        f'op.create_table("{name}", sa.Column("{column}", sa.Integer(), primary_key=True))'
        for name, column in (
            *(("orders", "id"), ("order_roles", "order_id"), ("user_roles", "user_id")),
        )
    )
    base = {**files(one=revision("3f9a1c07be52", None, made)), "shop/models.py": before}
    head = {"shop/models.py": ROUNDS.format(kinds=kinds, more=more)}

    found = findings(compare(base, head=head), "missing-migration")

    assert {f.table for f in found if f.message.endswith("no revision says so.")} == lacking


@pytest.mark.parametrize("within", ["if kind", "for kind in (kind,)"])
def test_tables_that_a_loop_makes_in_a_branch_are_not_gone(within: str) -> None:
    before = ROUNDS.format(kinds=("order",), more="")
    made = "\n".join(
        f'op.create_table("{name}", sa.Column("{column}", sa.Integer(), primary_key=True))'
        for name, column in (("orders", "id"), ("order_roles", "order_id"))
    )
    base = {**files(one=revision("3f9a1c07be52", None, made)), "shop/models.py": before}
    head = {"shop/models.py": before.replace("    Table(", f"    {within}: Table(")}

    assert findings(compare(base, head=head), "missing-migration") == []


HELD = """import sqlalchemy as sa
from shop.util import Table


class Schema(Connected):
    metadata = sa.MetaData()
    orders = Table(
        "orders",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        {}
    )
    lines = Table(
        "lines",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("count", sa.Integer, server_default=sa.DefaultClause("0")),
    )
    {}
"""
WRAPPED = """import sqlalchemy as sa


def Table(*args, **kwargs):
    kwargs["mysql_character_set"] = "utf8"
    return sa.Table(*args, **kwargs)
"""


@pytest.mark.parametrize(
    ("column", "index", "lacking"),
    [
        ("", "", []),
        ('sa.Column("note", sa.Text),', "", ["Column `note` of `orders` is new"]),
        ("", 'sa.Index("by_count", lines.c.count)', ["Index `by_count` on `lines` is new"]),
    ],
)
def test_tables_that_a_class_holds(column: str, index: str, lacking: list[str]) -> None:
    """Also those which no revision makes, beside one that a revision makes."""
    base = {**START, "shop/util.py": WRAPPED, "shop/model.py": HELD.format("", "")}
    head = {"shop/model.py": HELD.format(column, index)}

    found = findings(compare(base, head=head), "missing-migration")
    assert [f.message.partition(" in the models")[0] for f in found] == lacking


EITHER = """from flask_sqlalchemy import SQLAlchemy
from shop.settings import config

if config.timeout:
    db = SQLAlchemy(engine_options=dict(pool_timeout=config.timeout))
else:
    db = SQLAlchemy({})


class Order(db.Model):
    __tablename__ = "orders"
    id = db.Column(db.{}, primary_key=True)
"""


@pytest.mark.parametrize(("given", "told"), [("", True), ("model_class=Model", False)])
def test_an_object_that_is_made_with_other_options_in_two_branches(given: str, told: bool) -> None:
    """Its types are read whichever is taken; not where it may be another."""
    base = {**START, "shop/models.py": EITHER.format(given, "Integer")}
    head = {"shop/models.py": EITHER.format(given, "Text")}

    found = findings(compare(base, head=head), "missing-migration")
    assert [f.message for f in found] == [
        "Column `id` of `orders` is `text` in the models, and no revision says so."
    ] * told
