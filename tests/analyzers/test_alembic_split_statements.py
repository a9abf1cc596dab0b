"""The statements of a split's revisions: each runs in its own file, once, and can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzers.results import Split
from analyzers.review import review
from tests.support.alembic_trees import compare, files, revision, upgrade_sql

TABLES = """op.create_table("tag", sa.Column("id", sa.Integer, primary_key=True))
op.create_table(
    "orders",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("note", sa.String(50), nullable=False),
    sa.Column("code", sa.String(20), server_default="x"),
    sa.Column("tax", sa.Integer),
    sa.Column("extra", sa.JSON),
    sa.Column("mood", sa.Enum("new", "done", name="mood"), nullable=False),
    sa.Column("tag_id", sa.Integer, sa.ForeignKey("tag.id")),
    sa.UniqueConstraint("note", "tax", name="uq_note_tax"),
    sa.CheckConstraint("tax >= 0", name="ck_tax"),
)
op.create_index("ix_code_tax", "orders", ["code", "tax"])
op.create_index("ix_lower_code", "orders", [sa.text("lower(code)")])"""
BASE = files(one=revision("3f9a1c07be52", None, TABLES))
TWO = "migrations/versions/two.py"
DEMANDED = 'op.add_column("orders", sa.Column("total", sa.Integer(), nullable=False, default=7))'


def split_of(body: str, helpers: str = "") -> Split:
    """The split of a pull request whose revision does *body*."""
    two = revision("88d0e2b7a614", "3f9a1c07be52", body)
    two = two.replace("\n\n\ndef upgrade", f"\n\n{helpers}\n\n\ndef upgrade", 1)
    return review(compare(BASE, head={TWO: two}), sql=False).split


def written(split: Split) -> dict[str, str]:
    return {path: text for step in split.steps for path, text in step.files.items()}


def sql_of(split: Split, folder: Path) -> str:
    """What Alembic writes of the split's revisions."""
    assert written(split)
    sql = upgrade_sql({**BASE, **written(split)}, folder, "3f9a1c07be52:head")
    assert "ADD COLUMN total" in sql
    return sql


def test_a_loop_stands_once(tmp_path: Path) -> None:
    """It makes two columns; each of them has its place in the plan."""
    body = """for name in ("one", "two"):
    op.add_column("orders", sa.Column(name, sa.Integer(), nullable=True))
"""
    split = split_of(body + DEMANDED)

    assert sql_of(split, tmp_path).count("ADD COLUMN one") == 1
    assert "orders.one" in split.steps[0].title
    assert "two" in split.steps[0].title


HELPERS = """from sqlalchemy import Text as LongText

TABLE = "orders"


def _added(name, kind):
    op.add_column(TABLE, sa.Column(name, kind, nullable=True))


def _idle():
    pass"""


def test_what_a_statement_asks_for_comes_along(tmp_path: Path) -> None:
    """Functions, constants and imports of the author's file; what nobody asks for stays behind."""
    split = split_of(f'_added("remark", LongText())\n{DEMANDED}', HELPERS)

    assert "ADD COLUMN remark TEXT" in sql_of(split, tmp_path)
    assert "_idle" not in "".join(written(split).values())


def test_names_of_the_function_come_along(tmp_path: Path) -> None:
    body = """unused = 1
kind = sa.Enum("a", "b", name="kind")
made = kind
made.create(op.get_bind())
"""
    split = split_of(body + DEMANDED)

    assert "CREATE TYPE kind" in sql_of(split, tmp_path)
    assert "unused" not in "".join(written(split).values())


def test_a_name_from_nowhere_leaves_the_plan_in_words() -> None:
    body = """if op.get_context().as_sql:
    size = 5
op.add_column("orders", sa.Column("remark", sa.String(size)))
"""
    split = split_of(body + DEMANDED)

    assert split.needed
    assert written(split) == {}
    assert "does not stand for itself" in split.reason


def test_rows_of_a_new_table_come_with_it(tmp_path: Path) -> None:
    """The table is made once, and filled where it is made: what `op.create_table` gives back is known there alone."""
    body = """made = op.create_table("kind", sa.Column("id", sa.Integer(), primary_key=True))
op.bulk_insert(made, [{"id": 1}])
"""
    sql = sql_of(split_of(body + DEMANDED), tmp_path)

    assert sql.count("CREATE TABLE kind") == 1
    assert sql.index("INSERT INTO kind") < sql.index("UPDATE orders SET total")


def test_a_list_comes_along_with_what_is_put_into_it(tmp_path: Path) -> None:
    body = """columns = [sa.Column("id", sa.Integer(), primary_key=True)]
columns.append(sa.Column("name", sa.Text()))
op.create_table("kind", *columns)
"""
    assert "name TEXT" in sql_of(split_of(body + DEMANDED), tmp_path)


def test_what_several_statements_ask_for_stands_once() -> None:
    """Another session would not know what was added to the first; what is done twice is done twice."""
    body = """from sqlalchemy.orm import Session
session = Session(bind=op.get_bind())
session.add(row(1))
session.commit()
session.add(row(2))
session.commit()
"""
    (_, filled, _) = written(split_of(body + DEMANDED, "def row(number):\n    ...")).values()

    assert filled.count("session = Session(") == 1
    assert filled.count("session.commit()") == 2
    assert filled.index("session.add(row(1))") < filled.index("session.commit()")


@pytest.mark.parametrize(
    "body",
    [
        """names = []
for name in ("a", "b"):
    names.append(sa.Column(name, sa.Text()))
op.create_table("kind", *names)
""",
        """size = op.get_bind().execute(sa.text("UPDATE orders SET tax = 1 RETURNING tax")).scalar()
op.create_table("kind", sa.Column("name", sa.String(size)))
""",
        "n = 1\n" + "n += 1\n" * 200 + 'op.create_table("kind", sa.Column("name", sa.String(n)))\n',
    ],
    ids=["filled in a loop", "a table of what rows say", "hundreds of statements"],
)
def test_what_cannot_come_along_leaves_the_plan_in_words(body: str) -> None:
    split = split_of(body + DEMANDED)

    assert split.needed
    assert written(split) == {}


@pytest.mark.parametrize(
    ("helpers", "kind"),
    [
        ("type = sa.String(20)", "type"),
        ("def made():\n    return sa.String(20)\n\n\nKIND = made()\nKIND = KIND or sa.Text()", "KIND"),
        ("KINDS = []\nKINDS.append(sa.String(20))", "KINDS[0]"),
        ("import sqlalchemy.types, sqlalchemy.sql", "sqlalchemy.types.String(20)"),
    ],
)  # fmt: skip
def test_names_of_the_file_come_along_with_all_that_makes_them(
    helpers: str, kind: str, tmp_path: Path
) -> None:
    split = split_of(f'op.add_column("orders", sa.Column("remark", {kind}))\n{DEMANDED}', helpers)

    assert "ADD COLUMN remark VARCHAR(20)" in sql_of(split, tmp_path)


def test_a_statement_that_drops_a_column_is_taken_apart(tmp_path: Path) -> None:
    """As it was written it would drop the column with the first step."""
    split = split_of(
        f'op.execute("ALTER TABLE orders DROP COLUMN code, ADD COLUMN size integer")\n{DEMANDED}'
    )
    (first, *_) = written(split).values()

    assert "DROP COLUMN" not in first.partition("def downgrade")[0]
    assert 'sa.Column("size", sa.Integer(), nullable=True)' in first
    assert sql_of(split, tmp_path).count("DROP COLUMN code") == 1


@pytest.mark.parametrize(
    ("statement", "back"),
    [
        (
            'op.alter_column("orders", "tax", server_default="5")',
            'op.alter_column("orders", "tax", server_default=None)',
        ),
        (
            'op.alter_column("orders", "code", type_=sa.String(80))',
            'op.alter_column("orders", "code", type_=sa.String(length=20))',
        ),
        (
            'op.create_check_constraint("ck", "orders", "tax > 1", postgresql_not_valid=True)',
            'op.drop_constraint("ck", "orders", type_="check")',
        ),
        (
            'op.drop_constraint("uq_note_tax", "orders", type_="unique")',
            'op.create_unique_constraint("uq_note_tax", "orders", ["note", "tax"])',
        ),
        (
            'op.drop_constraint("orders_tag_id_fkey", "orders", type_="foreignkey")',
            'op.create_foreign_key("orders_tag_id_fkey", "orders", "tag", ["tag_id"], ["id"])',
        ),
        (
            'op.drop_index("ix_code_tax", "orders")',
            'op.create_index("ix_code_tax", "orders", ["code", "tax"], unique=False)',
        ),
        (
            'op.execute("CREATE VIEW taxes AS SELECT sum(tax) FROM orders")',
            'op.execute("DROP VIEW taxes")',
        ),
        (
            """op.execute("CREATE TYPE kind AS ENUM ('a', 'b')")""",
            'op.execute("DROP TYPE kind")',
        ),
    ],
)
def test_what_is_done_as_it_was_written_is_undone(statement: str, back: str) -> None:
    files_written = written(split_of(f"{statement}\n{DEMANDED}")).values()
    (found,) = (text for text in files_written if back in text.partition("def downgrade")[2])

    assert back not in found.partition("def downgrade")[0]


def test_what_may_have_been_there_is_not_taken_back() -> None:
    split = split_of(f'op.execute("CREATE SEQUENCE IF NOT EXISTS numbers START 5")\n{DEMANDED}')
    (first, *_) = written(split).values()

    assert "IF NOT EXISTS numbers" in first
    assert "DROP SEQUENCE" not in first


def test_a_dropped_column_comes_back_with_what_went_along() -> None:
    (contract,) = written(split_of('op.drop_column("orders", "tax")')).values()
    back = contract.partition("def downgrade")[2]

    for statement in (
        'op.add_column("orders", sa.Column("tax", sa.Integer(), nullable=True))',
        'op.create_index("ix_code_tax", "orders", ["code", "tax"], unique=False)',
        'op.create_unique_constraint("uq_note_tax", "orders", ["note", "tax"])',
        'op.create_check_constraint("ck_tax", "orders", \'tax >= 0\')',
    ):
        assert statement in back


MODELS = """import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Tag(Base):
    __tablename__ = "tag"
    id = sa.Column(sa.Integer, primary_key=True)


class Order(Base):
    __tablename__ = "orders"
    id = sa.Column(sa.Integer, primary_key=True)
"""


def test_a_dropped_table_comes_back_without_its_rows() -> None:
    """Its enum type is still there, and is not made again."""
    two = revision("88d0e2b7a614", "3f9a1c07be52", 'op.drop_table("orders")')
    base = {**BASE, "shop/models.py": MODELS}
    head = {TWO: two, "shop/models.py": MODELS.partition("class Order")[0]}
    split = review(compare(base, head=head), sql=False).split
    (text,) = written(split).values()
    back = text.partition("def downgrade")[2]

    assert "op.create_table(" in back
    assert 'postgresql.ENUM(name="mood", create_type=False)' in back
    assert 'op.create_index("ix_lower_code", "orders", [sa.text("lower(code)")]' in back


def test_a_column_of_an_enum_comes_back() -> None:
    *_, contract = written(split_of('op.drop_column("orders", "mood")')).values()

    assert 'postgresql.ENUM(name="mood", create_type=False)' in contract


def test_an_index_that_a_constraint_takes_over_goes_with_it() -> None:
    body = """with op.get_context().autocommit_block():
    op.create_index("uq_code", "orders", ["code"], unique=True, postgresql_concurrently=True)
op.execute("ALTER TABLE orders ADD CONSTRAINT uq_code UNIQUE USING INDEX uq_code")
"""
    (expand, *_) = written(split_of(body + DEMANDED)).values()

    assert 'drop_constraint("uq_code"' in expand
    assert "drop_index" not in expand


@pytest.mark.parametrize(
    "more",
    [
        'postgresql_include=["tax"]',
        'postgresql_ops={"note": "text_pattern_ops"}',
        "if_not_exists=True",
    ],
)
def test_an_index_that_says_more_is_built_while_writes_go_on(more: str, tmp_path: Path) -> None:
    """By the author's own call."""
    split = split_of(f'op.create_index("ix_note", "orders", ["note"], {more})\n{DEMANDED}')
    (line,) = [x for x in sql_of(split, tmp_path).splitlines() if " ix_note " in x]

    assert line.startswith("CREATE INDEX CONCURRENTLY")


def test_a_rename_takes_over_indexes_of_several_columns_and_expressions() -> None:
    """The check and the expression speak of the new name."""
    *_, fill, _ = written(
        split_of('op.alter_column("orders", "tax", new_column_name="vat")')
    ).values()
    assert '["code", "vat"]' in fill
    assert '"vat >= 0"' in fill or "'vat >= 0'" in fill
    assert '["note", "vat"]' in fill

    *_, fill, _ = written(
        split_of('op.alter_column("orders", "code", new_column_name="sku")')
    ).values()
    assert 'sa.text("lower(sku)")' in fill


def test_another_type_beside_a_check_is_told_in_words() -> None:
    """Whether the check fits the new type is not known."""
    split = split_of('op.alter_column("orders", "tax", type_=sa.Text())')

    assert split.needed
    assert [step.kind for step in split.steps] == [
        "migration",
        "model",
        "data",
        "code",
        "migration",
    ]
    assert written(split) == {}
    assert "no files are written" in split.reason


def test_a_column_without_an_equality_is_copied() -> None:
    *_, fill, _ = written(
        split_of('op.alter_column("orders", "extra", new_column_name="more")')
    ).values()

    assert "CAST(more AS text) IS DISTINCT FROM CAST(extra AS text)" in fill


def test_not_null_comes_with_its_default_first() -> None:
    split = split_of('op.alter_column("orders", "tag_id", nullable=False, server_default="7")')
    expand, fill, _ = written(split).values()

    assert 'op.alter_column("orders", "tag_id", server_default=sa.text("' in expand
    assert "SET tag_id = '7'" in fill


def test_a_unique_column_is_not_filled_with_its_default() -> None:
    """All rows would get one value: the file asks for one."""
    body = 'op.create_unique_constraint("uq_tax", "orders", ["tax"])'
    base = {**BASE, "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", body)}
    up = 'op.alter_column("orders", "tax", nullable=False, server_default="7")'
    head = {"migrations/versions/three.py": revision("c5417be2f093", "88d0e2b7a614", up)}
    _, fill, _ = written(review(compare(base, head=head), sql=False).split).values()

    assert "what rows without orders.tax get" in fill


@pytest.mark.parametrize(
    "body",
    [
        'op.drop_column("orders", "code")\nop.add_column("orders", sa.Column("code", sa.Integer(), nullable=False))',
        'op.alter_column("orders", "tax", nullable=False)\nop.alter_column("orders", "tax", nullable=True)',
        'op.alter_column("orders", "code", new_column_name="sku")\nop.alter_column("orders", "sku", nullable=False)',
        'op.add_column("orders", sa.Column("size", sa.Integer(), nullable=False))\nop.alter_column("orders", "size", nullable=True)',
        'op.drop_column("orders", "code")\nop.rename_table("orders", "purchases")',
        'op.alter_column("orders", "code", type_=sa.Integer(), postgresql_using="code::int")\nop.create_index("ix", "orders", ["code"])',
    ],
)
def test_changes_of_one_thing_are_told_in_words(body: str) -> None:
    split = split_of(body)

    assert split.needed
    assert written(split) == {}
    assert "in one pull request: no files are written for it" in split.reason


def test_each_change_of_a_column_is_told_beside_its_new_name() -> None:
    """A statement that does both is taken apart, and each of its parts is spoken of."""
    body = 'op.alter_column("orders", "tax", server_default="7", new_column_name="vat")'

    assert "alters orders.tax; adds orders.vat beside tax" in split_of(body).steps[0].title


def test_what_old_code_cannot_live_with_and_nobody_takes_apart_is_told_in_words() -> None:
    split = split_of("""op.execute("ALTER TYPE mood RENAME VALUE 'new' TO 'fresh'")""")

    assert split.needed
    assert [step.kind for step in split.steps] == ["model", "migration"]
    assert written(split) == {}


def test_a_unique_column_comes_back_without_its_default_in_the_rows() -> None:
    body = 'op.create_unique_constraint("uq_code", "orders", ["code"])'
    base = {**BASE, "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", body)}
    three = revision("c5417be2f093", "88d0e2b7a614", 'op.drop_column("orders", "code")')
    head = {"migrations/versions/three.py": three}
    (contract,) = written(review(compare(base, head=head), sql=False).split).values()
    back = contract.partition("def downgrade")[2]

    assert 'sa.Column("code", sa.String(length=20), nullable=True)' in back
    assert back.index("server_default=") < back.index('op.create_unique_constraint("uq_code"')


@pytest.mark.parametrize(
    "body",
    [
        'op.add_column("orders", sa.Column("size", sa.Integer()))\nop.alter_column("orders", "size", nullable=False)',
        'op.alter_column("orders", "code", new_column_name="sku")\nop.create_index("ix", "orders", ["sku"])',
        'op.drop_index("ix_code_tax")\nop.drop_column("orders", "code")',
    ],
)
def test_changes_that_fit_each_other_have_files(body: str) -> None:
    assert written(split_of(body))


def test_a_type_is_dropped_when_no_column_is_left_of_it() -> None:
    body = """op.execute("ALTER TABLE orders ALTER COLUMN mood TYPE varchar(9) USING mood::text")
op.execute("DROP TYPE mood")"""
    *_, contract = split_of(body).steps
    (text,) = contract.files.values()

    assert text.index('drop_column("orders", "mood")') < text.index("DROP TYPE mood")
