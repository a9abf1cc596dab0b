"""Constraints that a revision drops by a name that PostgreSQL does not have."""

from __future__ import annotations

import pytest

from tests.support.alembic_trees import INI, compare, files, findings, revision

TABLE = """op.create_table(
    "shops",
    sa.Column("id", sa.Integer, primary_key=True),
)
op.create_table(
    "people",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("email", sa.String(90), unique=True),
    sa.Column("shop_id", sa.ForeignKey("shops.id")),
    sa.Column("age", sa.Integer),
    sa.UniqueConstraint("age", name="one_an_age"),
)"""
WRONG = 'op.drop_constraint("uq_people_email", "people", type_="unique")'
TWO = "migrations/versions/two.py"


def told(drop: str, table: str = TABLE, **more: str) -> list[str]:
    base = {**files(one=revision("3f9a1c07be52", None, table)), **more}
    head = {TWO: revision("88d0e2b7a614", "3f9a1c07be52", drop)}
    return [f.message for f in findings(compare(base, head=head), "migration-does-not-load")]


@pytest.mark.parametrize(
    ("drop", "name", "meant"),
    [
        (WRONG, "uq_people_email", None),
        (WRONG.replace("uq_people_email", "fk_shop").replace("unique", "foreignkey"), "fk_shop", "people_shop_id_fkey"),
        ('op.drop_constraint("pk", "people", type_="primary")', "pk", None),
        ('with op.batch_alter_table("people") as batch:\n    batch.drop_constraint("uq_email", type_="unique")', "uq_email", None),
        ('op.execute("ALTER TABLE people DROP CONSTRAINT email_key")', "email_key", None),
    ],
)  # fmt: skip
def test_a_name_that_no_constraint_has(drop: str, name: str, meant: str | None) -> None:
    said = f"It drops the constraint `{name}`, and `people` has none of that name."
    more = f" Its own is called `{meant}`." if meant else ""

    assert told(drop) == [said + more]


def test_the_only_one_of_its_kind_is_named() -> None:
    (found,) = told(
        WRONG, TABLE.replace('    sa.UniqueConstraint("age", name="one_an_age"),\n', "")
    )

    assert found.endswith("Its own is called `people_email_key`.")


@pytest.mark.parametrize(
    "drop",
    [
        'op.drop_constraint("people_email_key", "people", type_="unique")',
        'op.drop_constraint("people_shop_id_fkey", "people", type_="foreignkey")',
        'op.drop_constraint("people_pkey", "people")',
        'op.drop_constraint("one_an_age", "people")',
        'op.drop_constraint("people_email_key1", "people")',
        'op.drop_constraint("people_email_not_null", "people")',
        WRONG.replace(", type_", ", if_exists=True, type_"),
        f'op.create_unique_constraint("uq_people_email", "people", ["email"])\n{WRONG}',
        f"op.create_unique_constraint(NAME, 'people', ['email'])\nNAME = 'a'\n{WRONG}",
        WRONG.replace("people", "others"),
        f'op.rename_table("people", "persons")\n{WRONG.replace("people", "persons")}',
        f'op.execute("ALTER TABLE people RENAME CONSTRAINT people_email_key TO uq_people_email")\n{WRONG}',
        f'op.execute("DO $$ BEGIN PERFORM name_them(); END $$")\n{WRONG}',
        'op.drop_constraint("x" * 70, "people")',
        f'op.execute("ALTER TABLE people ADD COLUMN b int CONSTRAINT uq_people_email UNIQUE")\n{WRONG}',
        'op.execute("ALTER TABLE people ADD COLUMN b int UNIQUE")\nop.drop_constraint("people_b_key", "people")',
    ],
)
def test_a_name_that_a_constraint_has_or_may_have(drop: str) -> None:
    assert told(drop) == []


@pytest.mark.parametrize(
    ("table", "more"),
    [
        (TABLE, {"shop/base.py": "metadata = MetaData(naming_convention=NAMES)\n"}),
        (TABLE, {"shop/models.py": "UniqueConstraint('email', name='uq_people_email')\n"}),
        (TABLE, {"alembic.ini": INI.replace("postgresql", "sqlite")}),
        (TABLE.replace("op.create_table(", "op.create_table_of_old(", 2), {}),
        (TABLE.replace('"one_an_age"', 'f"uq_{which}"'), {}),
        (TABLE + "\nop.execute(open('more.sql').read())", {}),
        (TABLE.replace("unique=True", "unique=True, nullable=False") + "\nset_up(op)", {}),
        (TABLE.replace('sa.UniqueConstraint("age"', 'sa.CheckConstraint("age > 3"), sa.UniqueConstraint("age"'), {}),
    ],
)  # fmt: skip
def test_where_a_table_or_its_names_may_be_others(table: str, more: dict[str, str]) -> None:
    assert (
        told(WRONG, table.replace("\nset_up", "\nfrom shop.sql import set_up\nset_up"), **more)
        == []
    )
