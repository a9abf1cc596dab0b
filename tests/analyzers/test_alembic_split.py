"""The split of Alembic revisions: each generated revision is real, and says nothing when reviewed alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzers.review import review
from analyzers.trees import MemoryTree
from tests.support.alembic_trees import (
    compare,
    contents,
    files,
    findings,
    heads,
    revision,
    upgrade_sql,
)

TABLE = """op.create_table(
    "orders",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("note", sa.String(50), nullable=False),
    sa.Column("tax", sa.Integer),
    sa.Column("code", sa.String(9), server_default="x", nullable=False),
)"""
MODELS = """from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str] = mapped_column(String(50))
    tax: Mapped[int | None]
    code: Mapped[str] = mapped_column(String(9), server_default="x")
"""
START = {**files(one=revision("3f9a1c07be52", None, TABLE)), "shop/models.py": MODELS}
TWO = "migrations/versions/two.py"

CASES: dict[str, tuple[str, str, list[str]]] = {
    "a column that old code does not fill": (
        'op.add_column("orders", sa.Column("total", sa.Integer(), nullable=False))',
        MODELS + "    total: Mapped[int] = mapped_column(default=0)\n",
        ["migration", "model", "data", "migration"],
    ),
    "a column that new code asks for": (
        'op.add_column("orders", sa.Column("remark", sa.Text(), nullable=True))',
        MODELS + "    remark: Mapped[str | None]\n",
        ["migration", "model"],
    ),
    "a column whose default only fills the rows": (
        'op.add_column("orders", sa.Column("total", sa.Integer(), nullable=False, server_default="0"))\n'
        'op.alter_column("orders", "total", server_default=None)',
        MODELS + "    total: Mapped[int]\n",
        ["migration", "model", "migration"],
    ),
    "a column that old code asks for": (
        'op.drop_column("orders", "note")',
        MODELS.replace("    note: Mapped[str] = mapped_column(String(50))\n", ""),
        ["migration", "model", "migration"],
    ),
    "a renamed column": (
        'op.alter_column("orders", "tax", new_column_name="vat")',
        MODELS.replace("tax", "vat"),
        ["migration", "model", "data", "code", "migration"],
    ),
    "a renamed table": (
        'op.rename_table("orders", "purchases")',
        MODELS.replace('"orders"', '"purchases"'),
        ["migration", "model", "migration"],
    ),
    "a default that old code leaves a column to": (
        'op.alter_column("orders", "code", server_default=None)',
        MODELS.replace(', server_default="x"', ""),
        ["model", "migration"],
    ),
    "a default that new code leaves a column to": (
        'op.alter_column("orders", "note", server_default="none")',
        MODELS.replace("String(50))", 'String(50), server_default="none")'),
        ["migration", "model"],
    ),
    "NULL that new code writes": (
        'op.alter_column("orders", "note", nullable=True)',
        MODELS.replace("note: Mapped[str]", "note: Mapped[str | None]"),
        ["migration", "model"],
    ),
    "NULL no longer allowed": (
        'op.alter_column("orders", "tax", existing_type=sa.Integer(), nullable=False)',
        MODELS.replace("int | None]", "int] = mapped_column(default=0)"),
        ["model", "data", "migration"],
    ),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_split_in_alembics_style(name: str, tmp_path: Path) -> None:
    """The generated revisions form one chain that Alembic loads and writes as SQL."""
    up, models, kinds = CASES[name]
    two = revision("88d0e2b7a614", "3f9a1c07be52", up)
    split = review(compare(START, head={TWO: two, "shop/models.py": models})).split

    assert split.needed
    assert split.reason
    assert [step.kind for step in split.steps] == kinds
    assert [step.order for step in split.steps] == list(range(1, len(kinds) + 1))
    written = {path: text for step in split.steps for path, text in step.files.items()}
    assert written
    whole = {**START, **written}
    assert len(heads(whole, tmp_path)) == 1
    # Models are written as well, where they say more than the database for a while.
    revisions = [path for path in written if path.startswith("migrations/")]
    assert revisions
    assert upgrade_sql(whole, tmp_path).count("UPDATE alembic_version") == len(revisions)


@pytest.mark.parametrize("name", sorted(CASES))
def test_each_generated_revision_has_a_sound_graph(name: str) -> None:
    up, models, _ = CASES[name]
    two = revision("88d0e2b7a614", "3f9a1c07be52", up)
    split = review(compare(START, head={TWO: two, "shop/models.py": models})).split
    base = dict(START)
    judged = 0
    for step in split.steps:
        if not step.files:
            continue
        trees = compare(base, head=dict(step.files))
        wrong = findings(trees, "conflicting-leaf-nodes", "missing-parent", "second-root")
        locks = findings(trees, "index-blocks-writes", "constraint-scans-under-lock")
        assert wrong == []
        assert locks == []
        assert isinstance(trees.merged, MemoryTree)
        base = contents(trees.merged)
        judged += 1
    assert judged


@pytest.mark.parametrize(
    ("models", "upgrade"),
    [
        (
            MODELS.replace(
                'String(9), server_default="x"', 'String(9), server_default="x", default="y"'
            ),
            'op.alter_column("orders", "code", server_default=None)',
        ),
        (
            MODELS.replace(', server_default="x"', ""),
            'op.alter_column("orders", "code", server_default=None)',
        ),
        (
            MODELS,
            'op.alter_column("orders", "code", server_default=None)\n'
            'op.alter_column("orders", "code", type_=sa.String(20))\n'
            'op.alter_column("orders", "code", server_default="y")',
        ),
    ],
)
def test_a_default_that_no_insert_misses_needs_no_split(models: str, upgrade: str) -> None:
    """The models write the column themselves, or another default comes in its place."""
    base = {**START, "shop/models.py": models}
    found = review(compare(base, head={TWO: revision("88d0e2b7a614", "3f9a1c07be52", upgrade)}))

    assert not found.split.needed
    assert [f for f in found.findings if f.rule == "model-and-migration-together"] == []
    assert found.rollback is not None
    assert not any("not safe" in note for note in found.rollback.notes)


def test_a_column_that_nobody_waits_for_needs_no_split() -> None:
    two = revision(
        "88d0e2b7a614", "3f9a1c07be52", 'op.add_column("orders", sa.Column("x", sa.Text()))'
    )

    assert not review(compare(START, head={TWO: two})).split.needed


BATCH = """with op.batch_alter_table("orders", schema=None) as batch_op:
    batch_op.add_column(sa.Column("total", sa.Integer(), nullable=False))
    batch_op.alter_column("note",
           existing_type=sa.String(50),
           type_=sa.String(80))
    batch_op.create_index("ix_orders_note", ["note"], unique=False)"""


def test_of_a_batch_each_call_goes_its_own_way(tmp_path: Path) -> None:
    """What autogenerate writes for Flask-Migrate: one block, whose calls belong to different steps."""
    two = revision("88d0e2b7a614", "3f9a1c07be52", BATCH)
    models = MODELS.replace("String(50))", "String(80), index=True)")
    models += "    total: Mapped[int] = mapped_column(default=0)\n"
    split = review(compare(START, head={TWO: two, "shop/models.py": models})).split
    written = {path: text for step in split.steps for path, text in step.files.items()}

    sql = upgrade_sql({**START, **written}, tmp_path)
    for once in ("ADD COLUMN total", "TYPE VARCHAR(80)", "ix_orders_note ON"):
        assert sql.count(once) == 1, once
    assert "NOT NULL" not in next(line for line in sql.splitlines() if "ADD COLUMN total" in line)
    assert "runs batch_op.alter_column('note', " in split.steps[0].title


def test_what_stands_under_a_condition_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    body = """if op.get_context().as_sql:
    op.add_column("orders", sa.Column("total", sa.Integer(), nullable=False))
    op.alter_column("orders", "tax", existing_type=sa.Integer(), type_=sa.BigInteger(), comment="net")
op.add_column("orders", sa.Column("paid", sa.Integer(), nullable=False))"""
    two = revision("88d0e2b7a614", "3f9a1c07be52", body)
    models = MODELS + "    paid: Mapped[int] = mapped_column(default=0)\n"
    split = review(compare(START, head={TWO: two, "shop/models.py": models})).split
    written = {path: text for step in split.steps for path, text in step.files.items()}

    assert written
    assert upgrade_sql({**START, **written}, tmp_path).count("ADD COLUMN total") == 1


def test_what_is_kept_as_it_is_can_be_taken_back(tmp_path: Path) -> None:
    body = """op.create_table("tags", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text))
op.create_index("ix_tags_name", "tags", ["name"])
op.add_column("orders", sa.Column("rank", sa.Integer(), server_default="0", nullable=False))
op.add_column("orders", sa.Column("total", sa.Integer(), nullable=False))"""
    two = revision("88d0e2b7a614", "3f9a1c07be52", body)
    models = MODELS + "    total: Mapped[int] = mapped_column(default=0)\n"
    split = review(compare(START, head={TWO: two, "shop/models.py": models})).split
    expand = split.steps[0]

    assert "creates tags; builds ix_tags_name; adds orders.rank;" in expand.title
    (text,) = expand.files.values()
    undone = text.partition("def downgrade")[2]
    for statement in (
        'op.drop_index("ix_tags_name", table_name="tags")',
        'op.drop_table("tags")',
        'op.drop_column("orders", "rank")',
    ):
        assert undone.count(statement) == 1, statement
    assert undone.index("drop_index") < undone.index("drop_table")


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("CREATE TYPE mood AS ENUM ('sad')", "migration"),
        ("CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "migration"),
        (
            "DO $$ BEGIN CREATE TYPE mood AS ENUM ('sad'); EXCEPTION WHEN duplicate_object THEN NULL; END $$",
            "migration",
        ),
        ("UPDATE orders SET tax = 1", "data"),
        ("DO $$ BEGIN CREATE TYPE mood AS ENUM ('sad'); UPDATE orders SET tax = 1; END $$", "data"),
    ],
)
def test_a_type_is_made_before_what_needs_it(sql: str, kind: str) -> None:
    body = f"""op.execute(\"\"\"{sql}\"\"\")
op.add_column("orders", sa.Column("total", sa.Integer(), nullable=False))"""
    models = MODELS + "    total: Mapped[int] = mapped_column(default=0)\n"
    head = {TWO: revision("88d0e2b7a614", "3f9a1c07be52", body), "shop/models.py": models}
    steps = review(compare(START, head=head)).split.steps

    (step,) = (s for s in steps for text in s.files.values() if sql in text)
    assert step.kind == kind
    assert kind == "data" or step is steps[0]
