"""Types and defaults of columns in the revisions that are offered, as PostgreSQL has them."""

from __future__ import annotations

import pytest

from tests.support.alembic_trees import compare, files, findings, revision

MODELS = """import sqlalchemy as sa
from sqlalchemy import Column, DateTime, ForeignKey, Integer, String, func
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = {{"schema": "shop"}}
    id = Column(Integer, primary_key=True)
    Count = Column(String)
{}"""
FIRST = """op.create_table(
    "orders",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("Count", sa.String()),
    schema="shop",
)"""
ENV = "from alembic import context\n\ncontext.configure(render_as_batch=True)\n"


def offered(models: str, **more: str) -> str:
    """The file that mends it; with it in the tree nothing is told any more."""
    start = {**files(one=revision("3f9a1c07be52", None, FIRST)), **more}
    start["shop/models.py"] = MODELS.format("")
    head = {"shop/models.py": models}
    found = findings(compare(start, head=head), "missing-migration")
    (file,) = {f.path: f for finding in found for f in finding.new_files}.values()
    head[file.path] = file.content
    assert findings(compare(start, head=head), "missing-migration") == []
    return file.content


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("postgresql.CIDR", "postgresql.CIDR()"),
        ("postgresql.INT4RANGE()", "postgresql.INT4RANGE()"),
        ("postgresql.ARRAY(postgresql.TSTZRANGE)", "postgresql.ARRAY(postgresql.TSTZRANGE())"),
        ("postgresql.TIMESTAMP(precision=3)", "postgresql.TIMESTAMP(precision=3)"),
        (
            "postgresql.TIMESTAMP(timezone=True, precision=6)",
            "postgresql.TIMESTAMP(timezone=True, precision=6)",
        ),
        ("postgresql.TIME(precision=0)", "postgresql.TIME(precision=0)"),
        ('String(40, collation="C")', 'sa.String(length=40, collation="C")'),
        ('sa.Text(collation="de_DE")', 'sa.Text(collation="de_DE")'),
        ("DateTime, server_default=func.now()", "server_default=sa.func.now()"),
        ("DateTime, server_default=func.current_timestamp()", "CURRENT_TIMESTAMP'"),
        ("sa.Date, server_default=sa.func.current_date()", "CURRENT_DATE'"),
    ],
)
def test_a_column_is_written_as_the_database_takes_it(asked: str, written: str) -> None:
    content = offered(MODELS.format(f"    note = Column({asked}, nullable=False)\n"))

    (line,) = (line for line in content.splitlines() if "op.add_column" in line)
    assert written in line
    assert ("import postgresql" in content) == ("postgresql." in line)


def test_a_name_that_is_no_small_letters_is_quoted_where_values_are_cast() -> None:
    content = offered(
        MODELS.format("").replace("Count = Column(String)", "Count = Column(Integer)")
    )

    assert 'postgresql_using="\\"Count\\"::integer"' in content
    compile(content, "revision", "exec")


def test_a_key_of_a_table_in_a_schema_is_written_into_its_batch() -> None:
    """The batch says the schema; said twice, Alembic refuses it."""
    key = '    other_id = Column(Integer, ForeignKey("shop.orders.id"))\n'
    content = offered(MODELS.format(key), **{"migrations/env.py": ENV})

    assert 'with op.batch_alter_table("orders", schema="shop") as batch_op:' in content
    assert (
        'batch_op.create_foreign_key("orders_other_id_fkey", "orders", ["other_id"], ["id"],'
        ' referent_schema="shop")'
    ) in content
    assert "source_schema" not in content


def test_comments_are_written_along() -> None:
    """They are part of the database; autogenerate would write them next time."""
    told = 'what it\'s for: "notes"\n(all)'
    models = MODELS.format(f"    note = Column(String, comment={told!r})\n") + (
        "\n\nclass Line(Base):\n"
        f'    __tablename__ = "lines"\n    __table_args__ = {{"comment": {told!r}}}\n'
        f"    id = Column(Integer, primary_key=True, comment={told!r})\n"
        '\n\ntags = sa.Table("tags", Base.metadata, Column("id", Integer), comment="Tags")\n'
    )
    content = offered(models)

    assert f'sa.Column("note", sa.String(), nullable=True, comment={told!r})' in content
    assert f'sa.Column("id", sa.Integer(), nullable=False, comment={told!r})' in content
    assert f"        comment={told!r},\n    )" in content
    assert "        comment='Tags',\n    )" in content


def test_a_column_that_comes_back_does_so_with_its_comment() -> None:
    first = FIRST.replace("sa.String()", "sa.String(), comment='how many'")
    base = MODELS.format("").replace("Column(String)", 'Column(String, comment="how many")')
    start = {**files(one=revision("3f9a1c07be52", None, first)), "shop/models.py": base}
    gone = {"shop/models.py": base.replace("    Count", "    # ")}
    (found,) = findings(compare(start, head=gone), "missing-migration")
    assert "nullable=True, comment='how many'" in found.new_files[0].content


MOODS = """import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = sa.Column(sa.Integer, primary_key=True)
    mood = sa.Column(sa.Enum("sad", "glad", name="{name}"))


class Line(Base):
    __tablename__ = "lines"
    id = sa.Column(sa.Integer, primary_key=True)
    mood = sa.Column(sa.Enum("sad", "glad", name="{name}"))
"""
MOODS_MADE = """from sqlalchemy.dialects import postgresql
op.create_table(
    "orders",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("mood", sa.Enum("sad", "glad", name="{name}")),
)
op.create_table(
    "lines",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("mood", postgresql.ENUM("sad", "glad", name="{name}", create_type=False)),
)"""


@pytest.mark.parametrize("name", ["mood", "Mood"])
@pytest.mark.parametrize("what", ["column", "table", "type"])
def test_a_type_that_stays_is_named_where_the_way_back_uses_it(what: str, name: str) -> None:
    """PostgreSQL drops no enum type with a column or a table, so none is made on the way back."""
    base = MOODS.format(name=name)
    line = f'    mood = sa.Column(sa.Enum("sad", "glad", name="{name}"))\n'
    told = {
        "column": base.replace(line, "", 1),
        "table": base.partition("\n\n\nclass Line")[0] + "\n",
        "type": base.replace(line, "    mood = sa.Column(sa.Integer)\n", 1),
    }[what]
    made = MOODS_MADE.format(name=name)
    start = {**files(one=revision("3f9a1c07be52", None, made)), "shop/models.py": base}
    (found,) = findings(compare(start, head={"shop/models.py": told}), "missing-migration")
    (file,) = found.new_files

    assert (
        findings(
            compare(start, head={"shop/models.py": told, file.path: file.content}),
            "missing-migration",
        )
        == []
    )
    up, down = file.content.split("def downgrade")
    assert f'postgresql.ENUM(name="{name}", create_type=False)' in down
    assert "create(" not in up + down
    if what == "type":
        quoted = name if name == "mood" else f'\\"{name}\\"'
        assert f'postgresql_using="mood::{quoted}"' in down


IN_SCHEMA = """import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base({metadata})


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = {args}
    id = sa.Column(sa.Integer, primary_key=True)
    {column} = sa.Column(sa.Enum("sad", "glad", name="{column}"))
"""
OF_METADATA = {"metadata": "metadata=sa.MetaData(schema='shop')", "args": "{}"}
OF_TABLE = {"metadata": "", "args": "{'schema': 'shop'}"}
MOOD = 'sa.Column("mood", sa.Enum("sad", "glad", name="mood"{})),'


@pytest.mark.parametrize(
    ("where", "made", "schema"),
    [
        # Since SQLAlchemy 2.1 types stand in the schema of the `MetaData`, before it in none.
        (OF_METADATA, MOOD.format(", schema='shop'"), "shop"),
        (OF_METADATA, MOOD.format(""), ""),
        (OF_METADATA, "", None),
        # That of the table alone is none of theirs.
        (OF_TABLE, MOOD.format(""), ""),
        (OF_TABLE, "", ""),
    ],
)
@pytest.mark.parametrize("what", ["column", "table"])
def test_a_type_is_made_in_the_schema_of_those_that_are_there(
    where: dict[str, str], made: str, schema: str | None, what: str
) -> None:
    first = FIRST.replace('    sa.Column("Count", sa.String()),\n', f"    {made}\n" * bool(made))
    base = IN_SCHEMA.format(**where, column="mood")
    if not made:
        base = base.rpartition("    mood")[0]
    kind = '    kind = sa.Column(sa.Enum("big", "small", name="kind"))\n'
    told = base + kind
    if what == "table":
        args = f"    __table_args__ = {where['args']}\n"
        key = "    id = sa.Column(sa.Integer, primary_key=True)\n"
        told = f'{base}\n\nclass Line(Base):\n    __tablename__ = "lines"\n{args}{key}{kind}'
    start = {**files(one=revision("3f9a1c07be52", None, first)), "shop/models.py": base}
    (found,) = findings(compare(start, head={"shop/models.py": told}), "missing-migration")

    if schema is None:
        assert (found.new_files, found.operations) == ((), ())
        return
    (file,) = found.new_files
    up, down = file.content.split("def downgrade")
    of = f", schema='{schema}'" if schema else ""
    if what == "column":
        create = f"postgresql.ENUM('big', 'small', name='kind'{of}).create(op.get_bind()"
        assert up.index(create) < up.index(f"create_type=False, name='kind'{of})")
    else:
        assert f"sa.Enum('big', 'small', name='kind'{of})" in up
    assert f"postgresql.ENUM(name='kind'{of}).drop(op.get_bind()" in down
    head = {"shop/models.py": told, file.path: file.content}
    assert findings(compare(start, head=head), "missing-migration") == []


def test_a_type_in_a_schema_is_named_with_it_on_the_way_back() -> None:
    """Where another model has it still, it is seen to be an enum."""
    made = FIRST.replace('sa.Column("Count", sa.String()),', MOOD.format(", schema='shop'"))
    first = made + "\n" + made.replace('"orders"', '"lines"')
    base = IN_SCHEMA.format(**OF_METADATA, column="mood")
    base += base.partition("\n\n\n")[2].replace("Order", "Line").replace("orders", "lines")
    start = {**files(one=revision("3f9a1c07be52", None, first)), "shop/models.py": base}
    head = {"shop/models.py": base.rpartition("    mood")[0]}
    (found,) = findings(compare(start, head=head), "missing-migration")

    assert 'postgresql.ENUM(name="mood", schema="shop", create_type=False)' in (
        found.new_files[0].content
    )
