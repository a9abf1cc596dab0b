"""The schema that a whole ``MetaData`` gives to its tables, and the revisions that name it or do not."""

from __future__ import annotations

import pytest

from tests.support.alembic_trees import compare, files, findings, revision

FIRST = 'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True){schema})'
LINES = (
    'op.create_table("lines", sa.Column("id", sa.Integer(), primary_key=True),'
    ' sa.Column("order_id", sa.Integer(), sa.ForeignKey("{target}")){schema})'
)
ADD = 'op.add_column("orders", sa.Column("note", sa.String()){schema})'
BODY = """

class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
"""
LINE = """

class Line(Base):
    __tablename__ = "lines"
    id = Column(Integer, primary_key=True)
    order_id = Column(Integer, ForeignKey("orders.id"))
"""
IMPORTS = "from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table\n"
DECLARED = f"""{IMPORTS}from sqlalchemy.orm import DeclarativeBase

shared = MetaData(schema="shop")


class Base(DeclarativeBase):
    metadata = shared
{BODY}"""
CALLED = f"""{IMPORTS}from sqlalchemy.orm import declarative_base

Base = declarative_base(metadata=MetaData(schema="shop"))
{BODY}"""
REGISTERED = f"""{IMPORTS}from sqlalchemy.orm import DeclarativeBase, registry


class Base(DeclarativeBase):
    registry = registry(metadata=MetaData(schema="shop"))
{BODY}"""
FLASK = f"""{IMPORTS}from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy(metadata=MetaData(schema="shop"))
{BODY}""".replace("(Base)", "(db.Model)")
NAMED = ', schema="shop"'


@pytest.mark.parametrize("models", [DECLARED, CALLED, REGISTERED, FLASK])
@pytest.mark.parametrize("schema", [NAMED, ""], ids=["named", "search path"])
def test_a_table_stands_in_the_schema_of_its_metadata(models: str, schema: str) -> None:
    """Revisions name the schema, or leave it to the connection's search path."""
    first = revision("3f9a1c07be52", None, FIRST.format(schema=schema))
    start = {**files(one=first), "shop/models.py": models}
    head = {"shop/models.py": f"{models}    note = Column(String)\n"}
    two = revision("88d0e2b7a614", "3f9a1c07be52", ADD.format(schema=schema))
    with_it = {**head, "migrations/versions/two.py": two}

    assert len(findings(compare(start, head=head), "missing-migration")) == 1
    assert findings(compare(start, head=with_it), "missing-migration") == []


def test_a_stray_revision_without_the_schema_is_not_the_model_s() -> None:
    """One that forgot the schema made another table; the models mean theirs all the same."""
    stray = f"{FIRST.format(schema='')}\n{FIRST.format(schema=NAMED)}"
    start = {**files(one=revision("3f9a1c07be52", None, stray)), "shop/models.py": DECLARED}
    two = revision("88d0e2b7a614", "3f9a1c07be52", ADD.format(schema=NAMED))
    head = {
        "shop/models.py": f"{DECLARED}    note = Column(String)\n",
        "migrations/versions/two.py": two,
    }

    assert findings(compare(start, head=head), "missing-migration") == []


@pytest.mark.parametrize(("schema", "target"), [(NAMED, "shop.orders.id"), ("", "orders.id")])
def test_a_foreign_key_without_a_schema_refers_to_that_of_the_metadata(
    schema: str, target: str
) -> None:
    first = revision("3f9a1c07be52", None, FIRST.format(schema=schema))
    start = {**files(one=first), "shop/models.py": DECLARED}
    lines = LINES.format(target=target, schema=schema)
    head = {
        "shop/models.py": DECLARED + LINE,
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", lines),
    }

    assert findings(compare(start, head=head), "missing-migration") == []
    without = {"shop/models.py": head["shop/models.py"]}
    said = [f.message for f in findings(compare(start, head=without), "missing-migration")]
    assert said == ["Table `shop.lines` is new in the models, and no revision says so."]


@pytest.mark.parametrize("metadata", ["shared", "Base.metadata"])
def test_a_table_that_a_call_makes_stands_there_too(metadata: str) -> None:
    first = revision("3f9a1c07be52", None, FIRST.format(schema=NAMED))
    start = {**files(one=first), "shop/models.py": DECLARED}
    table = f'\n\ntags = Table("tags", {metadata}, Column("id", Integer, primary_key=True))\n'
    made = FIRST.replace("orders", "tags").format(schema=NAMED)
    head = {
        "shop/models.py": DECLARED + table,
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", made),
    }

    assert findings(compare(start, head=head), "missing-migration") == []


def test_a_dropped_column_is_one_that_the_base_knows() -> None:
    first = revision("3f9a1c07be52", None, FIRST.format(schema=NAMED))
    second = revision("88d0e2b7a614", "3f9a1c07be52", ADD.format(schema=NAMED))
    models = f"{DECLARED}    note = Column(String)\n"
    start = {**files(one=first, two=second), "shop/models.py": models}
    drop = f'op.drop_column("orders", "note"{NAMED})'
    head = {
        "shop/models.py": DECLARED,
        "migrations/versions/three.py": revision("41b7c9d20e35", "88d0e2b7a614", drop),
    }

    assert len(findings(compare(start, head=head), "column-removed")) == 1


def test_a_schema_may_be_given_by_position() -> None:
    """As an Alembic before 1.11 took it."""
    first = revision("3f9a1c07be52", None, FIRST.format(schema=NAMED))
    second = revision("88d0e2b7a614", "3f9a1c07be52", ADD.format(schema=', "shop"'))
    drop = revision("41b7c9d20e35", "88d0e2b7a614", 'op.drop_column("orders", "note", "shop")')
    start = {**files(one=first), "shop/models.py": DECLARED}
    added = {
        "shop/models.py": f"{DECLARED}    note = Column(String)\n",
        "migrations/versions/two.py": second,
    }
    dropped = {"shop/models.py": DECLARED, "migrations/versions/three.py": drop}

    assert findings(compare(start, head=added), "missing-migration") == []
    assert len(findings(compare({**start, **added}, head=dropped), "column-removed")) == 1


def test_flask_s_naming_convention_names_the_indexes() -> None:
    """As SQLAlchemy's own base has it: the name in the revision is then the models'."""
    convention = 'naming_convention={"ix": "index_%(table_name)s_%(column_0_name)s"}'
    models = FLASK.replace('schema="shop"', convention)
    first = revision("3f9a1c07be52", None, FIRST.format(schema=""))
    start = {**files(one=first), "shop/models.py": models}
    made = f"{ADD.format(schema='')}\nop.create_index('index_orders_note', 'orders', ['note'])"
    head = {
        "shop/models.py": f"{models}    note = Column(String, index=True)\n",
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", made),
    }

    assert findings(compare(start, head=head), "missing-migration") == []


def test_a_mixin_that_is_not_read_hides_no_column_of_the_class() -> None:
    """What else the mixin brings is not known; what the class says is."""
    first = revision("3f9a1c07be52", None, FIRST.format(schema=""))
    second = revision("88d0e2b7a614", "3f9a1c07be52", ADD.format(schema=""))
    mixed = FLASK.replace(', schema="shop"', "").replace('schema="shop"', "")
    mixed = mixed.replace("class Order(", "class Order(library.Mixin, ")
    mixed = f"import library\n{mixed}"
    start = {
        **files(one=first, two=second),
        "shop/models.py": f"{mixed}    note = Column(String)\n",
    }
    drop = revision("41b7c9d20e35", "88d0e2b7a614", 'op.drop_column("orders", "note")')
    head = {"shop/models.py": mixed, "migrations/versions/three.py": drop}

    assert len(findings(compare(start, head=head), "column-removed")) == 1


ASKED = """import os

SCHEMA = os.getenv("SHOP_DB_SCHEMA", "shop")
"""
OF_SCHEMA = f"""from shop.names import SCHEMA

{CALLED.replace('metadata=MetaData(schema="shop")', "")}    __table_args__ = ({{"schema": SCHEMA}},)
"""


@pytest.mark.parametrize("asked", ['getenv("SHOP_DB_SCHEMA", "shop")', 'environ["SHOP_DB_SCHEMA"]'])
def test_a_schema_of_the_environment_is_one_in_models_and_revisions(asked: str) -> None:
    """As the default has it: some revisions write it out."""
    first = f"from shop.names import SCHEMA\n{FIRST.format(schema=', schema=SCHEMA')}"
    start = {
        **files(one=revision("3f9a1c07be52", None, first)),
        "shop/names.py": ASKED.replace('getenv("SHOP_DB_SCHEMA", "shop")', asked),
        "shop/models.py": OF_SCHEMA,
    }
    changed = {"shop/models.py": f"{OF_SCHEMA}    note = Column(String)\n"}
    for schema in (", schema=SCHEMA", NAMED if "getenv" in asked else ", schema=SCHEMA"):
        added = f"from shop.names import SCHEMA\n{ADD.format(schema=schema)}"
        two = {"migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", added)}

        assert len(findings(compare(start, head=changed), "missing-migration")) == 1
        assert findings(compare(start, head={**changed, **two}), "missing-migration") == []


BRANCHED = f"""import os

from shop.names import SCHEMA

{CALLED.replace('metadata=MetaData(schema="shop")', "")}
    if os.getenv("OLD"):
        __table_args__ = {{"schema": SCHEMA}}
        was = Column(Integer)
    else:
        __table_args__ = ({{"schema": SCHEMA}},)
"""


def test_what_a_class_says_in_branches_is_not_known() -> None:
    """Neither of the names that its table has in one of them, nor of its columns."""
    both = FIRST.replace("{schema}", ', sa.Column("was", sa.Integer()), schema="shop"')
    start = {
        **files(one=revision("3f9a1c07be52", None, both)),
        "shop/names.py": ASKED,
        "shop/models.py": BRANCHED,
    }
    plain = OF_SCHEMA.replace("__table_args__", "was = Column(Integer)\n    __table_args__")
    later = {**start, "shop/models.py": plain}

    for told in (
        plain,
        plain.replace("was = Column(Integer)", "was = Column(Integer, index=True)"),
    ):
        assert findings(compare(start, head={"shop/models.py": told}), "missing-migration") == []
    assert findings(compare(later, head={"shop/models.py": BRANCHED}), "missing-migration") == []


def test_a_table_that_sql_renames_stays_in_its_schema() -> None:
    models = OF_SCHEMA.replace("from shop.names import SCHEMA", 'SCHEMA = "shop"')
    start = {
        **files(one=revision("3f9a1c07be52", None, FIRST.format(schema=NAMED))),
        "shop/models.py": models,
    }
    renamed = 'op.execute("ALTER TABLE shop.orders RENAME TO sales")'
    head = {
        "shop/models.py": models.replace('"orders"', '"sales"'),
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", renamed),
    }

    assert findings(compare(start, head=head), "missing-migration") == []


IMPORTED = """from shop import names
from shop.names import TABLE

op.add_column(TABLE, sa.Column("note", sa.String()), schema=names.SCHEMA)
op.execute(f"CREATE INDEX ix_orders_note ON {names.SCHEMA}.{TABLE} (note)")"""


def test_names_that_a_revision_imports_are_known() -> None:
    start = {
        **files(one=revision("3f9a1c07be52", None, FIRST.format(schema=NAMED))),
        "shop/names.py": 'SCHEMA = "shop"\nTABLE = "orders"\n',
        "shop/models.py": DECLARED,
    }
    head = {
        "shop/models.py": f"{DECLARED}    note = Column(String)\n",
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", IMPORTED),
    }

    found = findings(compare(start, head=head))

    assert [f.table for f in found if f.rule == "index-blocks-writes"] == ["shop.orders"]
    assert [f for f in found if f.rule in {"missing-migration", "raw-sql-unreadable"}] == []


def test_a_class_that_shares_its_parent_s_table_has_the_parent_s_schema() -> None:
    models = OF_SCHEMA.replace("from shop.names import SCHEMA", 'SCHEMA = "shop"')
    start = {
        **files(one=revision("3f9a1c07be52", None, FIRST.format(schema=NAMED))),
        "shop/models.py": f"{models}\n\nclass Gift(Order):\n    pass\n",
    }
    changed = start["shop/models.py"].replace("    pass\n", "    note = Column(String)\n")
    two = revision("88d0e2b7a614", "3f9a1c07be52", ADD.format(schema=NAMED))
    head = {"shop/models.py": changed, "migrations/versions/two.py": two}

    said = findings(compare(start, head={"shop/models.py": changed}), "missing-migration")
    assert [f.table for f in said] == ["shop.orders"]
    assert findings(compare(start, head=head), "missing-migration") == []


def test_a_key_may_name_its_target_by_an_imported_schema() -> None:
    models = OF_SCHEMA.replace("import SCHEMA", "import SCHEMA as OF_SHOP").replace(
        '"schema": SCHEMA', '"schema": OF_SHOP'
    )
    line = LINE.replace('"orders.id"', 'f"{OF_SHOP}.orders.id"').replace(
        '"lines"\n', '"lines"\n    __table_args__ = {"schema": OF_SHOP}\n'
    )
    start = {
        **files(one=revision("3f9a1c07be52", None, FIRST.format(schema=NAMED))),
        "shop/names.py": 'SCHEMA = "shop"\n',
        "shop/models.py": models,
    }

    (found,) = findings(compare(start, head={"shop/models.py": models + line}), "missing-migration")
    (file,) = found.new_files
    assert 'sa.ForeignKeyConstraint(["order_id"], ["shop.orders.id"]' in file.content


@pytest.mark.parametrize(
    ("statement", "named", "told"),
    [
        ('DROP INDEX IF EXISTS shop."ix_code"', "", []),
        ("DROP INDEX other.ix_code", "", ["ix_code"]),
        ("ALTER INDEX shop.ix_code RENAME TO ix_coded", "ix_coded", []),
        ("ALTER INDEX other.ix_code RENAME TO ix_coded", "ix_coded", ["ix_code", "ix_coded"]),
    ],
)
def test_sql_names_an_index_with_its_schema(statement: str, named: str, told: list[str]) -> None:
    """It is that of the table in the schema, and of no other."""
    made = (
        'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True),'
        ' sa.Column("code", sa.Integer()), schema="shop")\n'
        'op.create_index("ix_code", "orders", ["code"], schema="shop")'
    )
    index = '    __table_args__ = (Index("{}", "code"),)\n'
    models = DECLARED.replace("import Column", "import Column, Index")
    models += "    code = Column(Integer)\n"
    first = revision("3f9a1c07be52", None, made)
    start = {**files(one=first), "shop/models.py": models + index.format("ix_code")}
    second = revision("88d0e2b7a614", "3f9a1c07be52", f"op.execute('{statement}')")
    after = models + (index.format(named) if named else "")
    head = {"shop/models.py": after, "migrations/versions/two.py": second}

    found = findings(compare(start, head=head), "missing-migration")
    assert sorted(f.message.split("`")[1] for f in found) == told


MOVED = 'op.execute("ALTER TABLE {old} SET SCHEMA {schema}")'


@pytest.mark.parametrize(
    ("move", "beside", "said"),
    [
        (MOVED.format(old="orders", schema="old"), "", "`orders` moves to the schema `old`."),
        (MOVED.format(old="old.notes", schema="public"), "", "`old.notes` moves to the schema `public`."),
        (MOVED.format(old="orders", schema="old"), 'op.execute("CREATE VIEW orders AS SELECT * FROM old.orders")', None),
        (MOVED.format(old="orders", schema="old"), 'op.execute("ALTER ROLE app SET search_path = public, old")', None),
        ('op.execute("ALTER SEQUENCE orders_id_seq SET SCHEMA old")', "", None),
    ],
)  # fmt: skip
def test_a_table_that_moves_to_another_schema_is_not_where_old_code_asks_for_it(
    move: str, beside: str, said: str | None
) -> None:
    made = (
        'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))\n'
        'op.create_table("notes", sa.Column("id", sa.Integer(), primary_key=True), schema="old")'
    )
    start = files(one=revision("3f9a1c07be52", None, made))
    two = revision("88d0e2b7a614", "3f9a1c07be52", f"{move}\n{beside}".strip())
    head = {"migrations/versions/two.py": two}

    found = findings(compare(start, head=head), "table-renamed")
    assert [f.message for f in found] == ([said] if said else [])
    # Where it is looked for may be said as the connection is made, by whatever makes the program's.
    engine = "engine = create_engine(URL, connect_args={'options': '-c search_path=old,public'})\n"
    assert not findings(compare({**start, "shop/db.py": engine}, head=head), "table-renamed")
    start["migrations/env.py"] = f"SET = 'search_path'\n{start['migrations/env.py']}"
    assert not findings(compare(start, head=head), "table-renamed")


ENUM = "from enum import StrEnum\n\n\nclass Schemas(StrEnum):\n    SHOP = 'shop'\n"
ON_BASE = f"""{IMPORTS}from shop.schemas import Schemas
from sqlalchemy import CheckConstraint
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass


class Shop(Base):
    __abstract__ = True
    __table_args__ = {{"schema": Schemas.SHOP}}
{BODY}""".replace("Order(Base)", "Order(Shop)")
OWN_ARGS = '    __table_args__ = (CheckConstraint("id > 0", name="positive"), {})\n'


@pytest.mark.parametrize(
    "more",
    [
        "",
        OWN_ARGS.format("Shop.__table_args__"),
        OWN_ARGS.format("*(), {'schema': Schemas.SHOP}"),
    ],
    ids=["inherited", "the base's among its own", "its own"],
)
def test_a_schema_may_be_a_member_of_an_enum_of_texts(more: str) -> None:
    first = revision("3f9a1c07be52", None, FIRST.format(schema=NAMED))
    models = ON_BASE + more
    start = {**files(one=first), "shop/models.py": models, "shop/schemas.py": ENUM}
    head = {"shop/models.py": f"{models}    note = Column(String)\n"}
    two = revision("88d0e2b7a614", "3f9a1c07be52", ADD.format(schema=NAMED))

    (found,) = findings(compare(start, head=head), "missing-migration")
    assert "`note` of `shop.orders`" in found.message
    with_it = {**head, "migrations/versions/two.py": two}
    assert findings(compare(start, head=with_it), "missing-migration") == []


def test_a_key_to_a_table_whose_schema_is_not_known_is_none_that_is_gone() -> None:
    """``Order`` may stand in any schema: what its lines refer to is not another table for that."""
    made = f"{FIRST.format(schema=NAMED)}\n{LINES.format(target='shop.orders.id', schema=NAMED)}"
    plain = ON_BASE.replace("Schemas.SHOP", "'shop'")
    unread = plain + OWN_ARGS.format("made_of(Order)")
    line = LINE.replace('ForeignKey("orders.id")', "ForeignKey(Order.id)").replace("Base", "Shop")
    half = f"{unread}{line}    by = Column(Integer, ForeignKey(User.id))\n"
    user = BODY.replace("Order(Base)", "User(Shop)").replace("orders", "users")
    start = {
        **files(one=revision("3f9a1c07be52", None, made)),
        "shop/models.py": half,
        "shop/schemas.py": ENUM,
    }
    whole = half.replace(f"{unread}", f"{unread}{user}")

    found = findings(compare(start, head={"shop/models.py": whole}), "missing-migration")
    assert not [f for f in found if "gone" in f.message]


def test_a_base_that_moves_into_a_library_takes_its_types_along() -> None:
    """What annotations stand for, and how indexes are called, is said there."""
    own = """import datetime
from sqlalchemy import DateTime, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention={"ix": "i_%(column_0_label)s"})
    type_annotation_map = {datetime.datetime: DateTime(timezone=True)}
"""
    body = """

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime.datetime] = mapped_column(index=True)
"""
    made = (
        'op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True),'
        ' sa.Column("at", sa.DateTime(timezone=True), nullable=False))\n'
        'op.create_index("i_orders_at", "orders", ["at"])'
    )
    start = {**files(one=revision("3f9a1c07be52", None, made)), "shop/models.py": own + body}
    moved = own[: own.index("\n\nclass")].replace("DeclarativeBase, ", "")
    moved = f"{moved}from shared.models import Base\n{body}"

    assert findings(compare(start, head={"shop/models.py": moved}), "missing-migration") == []
    other = {"shop/models.py": f"{own}{body}    note: Mapped[str]\n"}
    assert len(findings(compare(start, head=other), "missing-migration")) == 1
