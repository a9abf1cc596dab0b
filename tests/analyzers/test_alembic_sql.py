"""The SQL preview of Alembic revisions against `alembic upgrade --sql` and `downgrade`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analyzers.review import review
from analyzers.trees import MemoryTree
from tests.support.alembic_trees import compare, contents, files, revision, upgrade_sql

START = files(
    one=revision(
        "3f9a1c07be52",
        None,
        'op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True))',
    )
)

BODIES = {
    "columns": """op.add_column("orders", sa.Column("note", sa.String(50), server_default="it's"))
op.add_column("orders", sa.Column("tax", sa.Numeric(10, 2), nullable=False, server_default=sa.text("0")))
op.add_column("orders", sa.Column("owner", sa.Integer, sa.ForeignKey("orders.id"), index=True))
op.alter_column("orders", "note", type_=sa.Text(), existing_type=sa.String(50), nullable=False)
op.alter_column("orders", "note", new_column_name="remark", server_default=None)
op.drop_column("orders", "tax")""",
    "tables": """op.create_table(
    "lines",
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("kind", sa.Enum("a", "b", name="kind")),
    sa.Column("made", sa.DateTime(timezone=True), server_default=sa.func.now()),
    sa.Column("order_id", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_lines"), ondelete="CASCADE"),
    sa.UniqueConstraint("order_id", "kind", name="uq_lines"),
    sa.CheckConstraint("order_id > 0", name="ck_lines"),
)
op.rename_table("lines", "order_lines")
op.drop_table("order_lines")""",
    "indexes": """with op.get_context().autocommit_block():
    op.create_index("by_id", "orders", ["id"], unique=True, postgresql_concurrently=True)
op.create_index(op.f("by_half"), "orders", [sa.text("id / 2")], postgresql_where=sa.text("id > 9"))
op.drop_index("by_half", table_name="orders")
op.create_check_constraint("positive", "orders", "id > 0", postgresql_not_valid=True)
op.create_unique_constraint("uq", "orders", ["id"])
op.drop_constraint("uq", "orders", type_="unique")""",
    "batch": """with op.batch_alter_table("orders", schema=None) as batch_op:
    batch_op.add_column(sa.Column("note", sa.Text()))
    batch_op.create_index(batch_op.f("ix_note"), ["note"], unique=False)
    batch_op.alter_column("note", existing_type=sa.Text(), nullable=False)""",
    "statements": """names = ["a", "b"]
for name in names:
    op.execute(f"UPDATE orders SET id = 1 WHERE id = '{name}'")
op.execute(sa.text("ALTER TABLE orders ADD CONSTRAINT c CHECK (id > 0) NOT VALID"))
if op.get_bind().dialect.name == "postgresql":
    op.execute("SET LOCAL lock_timeout = '2s'")
else:
    op.execute("PRAGMA foreign_keys = OFF")""",
}
OFFLINE = {"statements"}
"""Bodies that ask for a connection cannot be run offline at all; ours are still written."""


def bare(sql: str) -> list[str]:
    """The statements of a script, without what belongs to Alembic's own bookkeeping."""
    found = [re.sub(r"\s+", " ", part).strip() for part in re.split(r";\s*(?:\n|$)", sql)]
    own = ("BEGIN", "COMMIT", "INSERT INTO alembic_version", "UPDATE alembic_version", "--")
    kept = [re.sub(r"^(?:-- Running upgrade.*? -> \w+ )", "", s) for s in found]
    return [
        s for s in kept if s and not s.startswith(own) and "CREATE TABLE alembic_version" not in s
    ]


@pytest.mark.parametrize("name", sorted(BODIES))
def test_the_preview_is_what_alembic_writes(name: str, tmp_path: Path) -> None:
    """Statement by statement, from a revision that is read and never run."""
    two = revision("88d0e2b7a614", "3f9a1c07be52", BODIES[name])
    trees = compare(START, head={"migrations/versions/two.py": two})
    (preview,) = review(trees).sql
    assert (preview.app, preview.migration) == ("alembic", "88d0e2b7a614")
    assert preview.dialect == "postgresql"

    assert isinstance(trees.merged, MemoryTree)
    if name in OFFLINE:
        assert "PRAGMA" not in "".join(preview.statements)
        assert len(preview.statements) == 4
        return
    real = upgrade_sql(contents(trees.merged), tmp_path, "3f9a1c07be52:88d0e2b7a614")
    ours = bare("\n".join(preview.statements) + "\n")
    assert len(ours) >= 3
    assert ours == bare(real.replace("\n\n-- Running", ";\n-- Running"))


def test_the_indexes_of_a_new_table_always_stand_in_the_same_order() -> None:
    """SQLAlchemy keeps them in a set: what it makes of them is another order each time."""
    columns = ", ".join(f'sa.Column("{c}", sa.Integer, index=True)' for c in "hgfedcba")
    two = revision("88d0e2b7a614", "3f9a1c07be52", f'op.create_table("lines", {columns})')
    (preview,) = review(compare(START, head={"migrations/versions/two.py": two})).sql

    table, *indexes = preview.statements
    assert table.startswith("CREATE TABLE lines")
    assert indexes == [f"CREATE INDEX ix_lines_{c} ON lines ({c});" for c in "abcdefgh"]


def test_rollback_names_the_revision_to_go_back_to() -> None:
    down = 'op.drop_column("orders", "note")'
    up = 'op.add_column("orders", sa.Column("note", sa.Text))'
    two = revision("88d0e2b7a614", "3f9a1c07be52", up, down)
    rollback = review(compare(START, head={"migrations/versions/two.py": two})).rollback

    assert rollback is not None
    assert rollback.possible
    assert rollback.loses_data
    assert rollback.commands == ("alembic downgrade 3f9a1c07be52",)


@pytest.mark.parametrize("down", ["pass", "raise NotImplementedError"])
def test_an_empty_downgrade_is_no_way_back(down: str) -> None:
    up = 'op.add_column("orders", sa.Column("note", sa.Text))'
    two = revision("88d0e2b7a614", "3f9a1c07be52", up, down)
    rollback = review(compare(START, head={"migrations/versions/two.py": two})).rollback

    assert rollback is not None
    assert not rollback.possible
    assert any("downgrade()" in note for note in rollback.notes)
