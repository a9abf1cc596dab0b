"""Tables that SQL makes and no revision is seen to make: what may be said of their models."""

from __future__ import annotations

import pytest

from analyzers.findings import Severity
from analyzers.review import review
from tests.support.alembic_trees import compare, files, findings, revision

FIRST = """op.create_table("orders", sa.Column("id", sa.Integer(), primary_key=True))
op.execute(open("schema.sql").read())"""
MODELS = """from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)


class Site(Base):
    __tablename__ = "sites"
    id = Column(Integer, primary_key=True)
"""
SCHEMA = """CREATE TABLE IF NOT EXISTS "sites" (id integer PRIMARY KEY, code text NOT NULL);
create table boxes (id integer PRIMARY KEY);
CREATE OR REPLACE VIEW public.totals AS SELECT 1 AS id;
"""
START = {
    **files(one=revision("3f9a1c07be52", None, FIRST)),
    "shop/models.py": MODELS,
    "migrations/schema.sql": SCHEMA,
}


def table(name: str) -> str:
    return f"\n\nclass New(Base):\n    __tablename__ = '{name}'\n    id = Column(Integer, primary_key=True)\n"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("    code = Column(String, nullable=False)\n", 0),
        ("    note = Column(String)\n", 1),
        (table("boxes"), 0),
        (table("totals"), 0),
        (table("others"), 1),
    ],
)
def test_what_a_file_of_sql_makes_is_not_missing(more: str, said: int) -> None:
    head = {"shop/models.py": MODELS + more}

    assert len(findings(compare(START, head=head), "missing-migration")) == said
    without = {path: text for path, text in START.items() if not path.endswith(".sql")}
    assert len(findings(compare(without, head=head), "missing-migration")) == 1


@pytest.mark.parametrize(
    "folder", ["tests", "shop/_tests/sql", "test/data", "IntegrationTests/dumps"]
)
def test_what_tests_put_into_a_database_makes_nothing(folder: str) -> None:
    """It is a database of long ago, to be upgraded."""
    start = {path: text for path, text in START.items() if not path.endswith(".sql")}
    start[f"{folder}/before.sql"] = SCHEMA
    head = {"shop/models.py": f"{MODELS}    code = Column(String, nullable=False)\n"}

    assert len(findings(compare(start, head=head), "missing-migration")) == 1


def test_a_column_is_gone_though_a_file_cannot_be_read_that_is_as_it_was() -> None:
    """Nothing has moved there."""
    unread = {"shop/broken.py": "from sqlalchemy import Column\nwhere is the model?\n"}
    start = {**START, **unread, "shop/models.py": f"{MODELS}    note = Column(String)\n"}
    head = {"shop/models.py": MODELS}

    (found,) = findings(compare(start, head=head), "missing-migration")
    assert found.message.startswith("Column `note` of `sites` is gone from the models")
    moved = {**head, "shop/broken.py": f"{unread['shop/broken.py']}class Site: note = Column()\n"}
    assert findings(compare(start, head=moved), "missing-migration") == []


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ("", 1),
        ("ALTER TABLE sites ADD CONSTRAINT one UNIQUE (code);", 1),
        ('ALTER TABLE sites ADD CONSTRAINT one UNIQUE ("town", code);', 0),
        ("CREATE UNIQUE INDEX one ON sites USING btree (code, town);", 0),
    ],
)
def test_a_constraint_over_other_columns_is_told_where_no_file_has_it(
    schema: str, said: int
) -> None:
    columns = "    code = Column(String)\n    town = Column(String)\n"
    before = f'{MODELS}{columns}    __table_args__ = (UniqueConstraint("code", name="one"),)\n'
    before = before.replace("String\n", "String, UniqueConstraint\n", 1)
    start = {**START, "shop/models.py": before, "migrations/schema.sql": SCHEMA + schema}
    head = {"shop/models.py": before.replace('("code", name', '("code", "town", name')}

    found = findings(compare(start, head=head), "missing-migration")

    new = "The unique constraint on `sites` (code,town) is new in the models"
    assert sum(f.message.startswith(new) for f in found) == said


def test_a_copy_of_what_revisions_make_is_not_what_makes_it() -> None:
    """Kept for those who set up a database of another kind by hand: nobody runs it where revisions run."""
    start = {p: t for p, t in START.items() if not p.endswith(".sql")}
    head = {
        "shop/models.py": MODELS + table("boxes"),
        "docs/all.sql": "create table orders (id integer);\nCREATE TABLE boxes (id integer);\ncreate table orders_old (id integer);\n",
    }
    second = 'op.create_table("orders_old", sa.Column("id", sa.Integer()))'
    start["migrations/versions/two.py"] = revision("88d0e2b7a614", "3f9a1c07be52", second)

    assert len(findings(compare(start, head=head), "missing-migration")) == 1
    del start["migrations/versions/two.py"]
    assert findings(compare(start, head=head), "missing-migration") == []


def test_a_model_may_read_a_view_that_a_revision_makes() -> None:
    view = "op.execute('CREATE VIEW sums AS SELECT 1 AS id')"
    start = {**START, "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", view)}

    read = {"shop/models.py": MODELS + table("sums")}
    assert findings(compare(start, head=read), "missing-migration") == []
    other = {p: t.replace("VIEW sums", "VIEW report.sums") for p, t in start.items()}
    assert len(findings(compare(other, head=read), "missing-migration")) == 1
    spoken = {p: t.replace("CREATE VIEW", "-- the view") for p, t in start.items()}
    assert len(findings(compare(spoken, head=read), "missing-migration")) == 1
    no_more = compare({**start, **read}, head={"shop/models.py": MODELS})
    assert findings(no_more, "missing-migration") == []
    without = {**start, **read, "migrations/versions/two.py": None}
    gone = compare({p: t for p, t in without.items() if t}, head={"shop/models.py": MODELS})
    assert [f.severity for f in findings(gone, "missing-migration")] == [Severity.WARNING]


def test_a_committed_revision_may_be_ahead_of_the_models_of_such_a_table() -> None:
    """The model follows in the next pull request, as it should."""
    add = 'op.add_column("sites", sa.Column("note", sa.String()))'
    start = {**START, "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", add)}
    head = {"shop/models.py": f"{MODELS}    note = Column(String)\n"}

    assert findings(compare(start, head=head), "missing-migration") == []
    demanded = f"{add}\nop.alter_column('sites', 'note', nullable=False)"
    start["migrations/versions/two.py"] = revision("88d0e2b7a614", "3f9a1c07be52", demanded)
    model = {"shop/models.py": f"{MODELS}    note = Column(String, nullable=False)\n"}
    assert findings(compare({**start, **head}, head=model), "missing-migration") == []
    start.pop("migrations/versions/two.py")
    assert len(findings(compare(start, head=head), "missing-migration")) == 1


UNIQUE = "op.create_unique_constraint('{}', 'sites', [{}])"


def unique(*columns: str) -> str:
    """The models with a unique constraint of the table that SQL makes."""
    names = ", ".join(f"'{column}'" for column in columns)
    named = '"sites"\n'
    return MODELS.replace("import Column,", "import Column, UniqueConstraint,").replace(
        named, f"{named}    __table_args__ = (UniqueConstraint({names}),)\n"
    )


def test_a_constraint_of_such_a_table_is_judged_where_it_is_changed() -> None:
    """A committed revision may have put it on; a new one that puts on another one knows the table."""
    code = "    code = Column(String, nullable=False)\n"
    head = {"shop/models.py": unique("code", "id") + code}
    committed = revision("88d0e2b7a614", "3f9a1c07be52", UNIQUE.format("u", "'id', 'code'"))
    start = {**START, "migrations/versions/two.py": committed}
    assert findings(compare(start, head=head), "missing-migration") == []
    assert findings(compare(START, head=head), "missing-migration") == []

    other = {"migrations/versions/two.py": committed.replace("'id', 'code'", "'code'")}
    said = [
        f.message for f in findings(compare(START, head={**head, **other}), "missing-migration")
    ]
    assert (
        "The unique constraint on `sites` (code,id) is new in the models, and no revision says so."
        in said
    )


def test_a_column_that_a_revision_adds_to_such_a_table_is_known() -> None:
    add = 'op.add_column("sites", sa.Column("note", sa.String(), nullable=False))'
    head = {
        "shop/models.py": f"{MODELS}    note = Column(String)\n",
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", add),
    }

    (found,) = findings(compare(START, head=head), "missing-migration")
    assert found.message.startswith("Column `note` of `sites` is null in the models")


def test_an_index_may_get_its_name_from_a_constant() -> None:
    """On a connection of its own: nobody follows what that runs."""
    by_hand = """bind, schema = released()
with bind.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
    connection.exec_driver_sql(f'CREATE INDEX CONCURRENTLY "{NAME}" ON {schema}.orders (id)')"""
    helper = """NAME = "by_code"


def released():
    bind = op.get_bind()
    return bind, bind.execute(sa.text("SELECT current_schema()")).scalar_one()


def upgrade"""
    models = MODELS.replace("import Column,", "import Column, Index,").replace(
        '"orders"\n', '"orders"\n    __table_args__ = (Index("by_code", "id"),)\n'
    )
    two = revision("88d0e2b7a614", "3f9a1c07be52", by_hand).replace("def upgrade", helper)
    head = {"shop/models.py": models, "migrations/versions/two.py": two}

    assert findings(compare(START, head=head), "missing-migration") == []
    head["migrations/versions/two.py"] = two.replace("by_code", "by_name")
    assert len(findings(compare(START, head=head), "missing-migration")) == 1


@pytest.mark.parametrize(
    ("made", "wanted", "severity"),
    [
        ("String(50)", "String(20)", Severity.WARNING),
        ("Text()", "String(20)", Severity.WARNING),
        ("String(20)", "String(50)", Severity.ERROR),
        ("String(20)", "Integer", Severity.ERROR),
    ],
)
def test_a_column_with_room_for_what_the_model_asks_fails_nothing(
    made: str, wanted: str, severity: Severity
) -> None:
    add = f'op.add_column("orders", sa.Column("note", sa.{made}))'
    order = '    __tablename__ = "orders"\n'
    head = {
        "shop/models.py": MODELS.replace(order, f"{order}    note = Column({wanted})\n"),
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", add),
    }

    (found,) = findings(compare(START, head=head), "missing-migration")
    assert found.severity == severity


def test_an_index_that_is_there_is_not_new() -> None:
    """The key is unique already; the model asks for its index to be unique as well."""
    models = MODELS.replace("primary_key=True)", "primary_key=True, index=True, unique=True)", 1)
    made = "op.create_index('ix_orders_id', 'orders', ['id'])"
    head = {
        "shop/models.py": models,
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", made),
    }

    (found,) = findings(compare(START, head=head), "missing-migration")
    assert found.severity == Severity.WARNING
    assert found.message.startswith("Index `ix_orders_id` on `orders` is different in the models")


@pytest.mark.parametrize(
    "how", ["TEMP TABLE t AS SELECT 1 AS id", "TEMPORARY TABLE t (id integer)"]
)
def test_a_temporary_table_is_nobody_else_s(how: str) -> None:
    """``CREATE TABLE ... AS`` makes one as well, of which no column is known."""
    rules = ("index-blocks-writes", "table-removed", "constraint-scans-under-lock")
    for made in (how, how.replace("TEMPORARY ", "").replace("TEMP ", "")):
        text = f"op.execute('CREATE {made}')\nop.execute('CREATE INDEX i ON t (id)')"
        two = revision("88d0e2b7a614", "3f9a1c07be52", text)
        head = {"migrations/versions/two.py": two}
        assert findings(compare(START, head=head), *rules) == []
    text = text.replace(f"CREATE {made}", "SELECT 1")
    head = {"migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", text)}
    assert len(findings(compare(START, head=head), *rules)) == 1


@pytest.mark.parametrize("schema", ["", ', schema="shop"'])
def test_a_table_that_makes_itself_is_made(schema: str) -> None:
    """``Table.create`` is what Alembic's own ``create_table`` comes to."""
    models = MODELS + table("boxes").replace(
        "primary_key=True)", "primary_key=True)\n    code = Column(String, index=True)"
    )
    by_itself = f"""boxes = made(sa.MetaData())
boxes.create(op.get_bind())
op.create_index("ix_{"shop_" if schema else ""}boxes_code", "boxes", ["code"]{schema})"""
    columns = 'sa.Column("id", sa.Integer, primary_key=True), sa.Column("code", sa.String)'
    helper = f"""def made(metadata):
    return sa.Table("boxes", metadata, {columns}{schema})


def upgrade"""
    if schema:
        models = models.replace("'boxes'\n", "'boxes'\n    __table_args__ = {'schema': 'shop'}\n")
    two = revision("88d0e2b7a614", "3f9a1c07be52", by_itself).replace("def upgrade", helper)
    start = {path: text for path, text in START.items() if not path.endswith(".sql")}
    head = {"shop/models.py": models, "migrations/versions/two.py": two}

    assert findings(compare(start, head=head), "missing-migration", "index-blocks-writes") == []
    head["migrations/versions/two.py"] = two.replace("boxes.create(op.get_bind())", "pass")
    assert len(findings(compare(start, head=head), "missing-migration")) == 1

    third = revision("41b7c9d20e35", "88d0e2b7a614", "made(sa.MetaData()).drop(op.get_bind())")
    gone = {"migrations/versions/three.py": third.replace("def upgrade", helper)}
    base = {**start, "shop/models.py": models, "migrations/versions/two.py": two}
    (found,) = findings(compare(base, head=gone), "table-removed")
    assert found.table == ("shop.boxes" if schema else "boxes")


UNREAD = [
    ('op.execute(open("up.sql").read())', True),
    ('with open("up.sql") as script:\n    op.execute(script.read())', True),
    ("for statement in statements():\n    op.execute(sa.text(statement))", True),
    ('op.execute(f"ALTER TABLE {name()} ADD COLUMN note text")', True),
    ('op.execute(f"UPDATE {name()} SET note = NULL")', False),
    ('op.execute("INSERT INTO %s VALUES (1)" % name())', False),
    ('op.execute("delete from {}".format(name()))', False),
    ('op.execute("ALTER TABLE notes ADD COLUMN note text")', False),
]


@pytest.mark.parametrize(("upgrade", "unread"), UNREAD)
def test_of_sql_that_is_not_known_nothing_is_promised(upgrade: str, unread: bool) -> None:
    """Whatever a file says, old code may not run on what it makes."""
    back = 'op.execute("ALTER TABLE notes DROP COLUMN note")'
    one = revision("3f9a1c07be52", None, 'op.create_table("notes", sa.Column("id", sa.Integer()))')
    two = revision("88d0e2b7a614", "3f9a1c07be52", upgrade, back)
    head = {"migrations/versions/two.py": two, "up.sql": "DROP TABLE notes;"}

    made = review(compare(files(one=one), head=head))
    assert any("What SQL" in u.reason for u in made.unknown) is unread
    assert made.rollback is not None
    said = " ".join(made.rollback.notes)
    assert ("not known (runs SQL that is not known)" in said) is unread
    assert not unread or "is safe" not in said
