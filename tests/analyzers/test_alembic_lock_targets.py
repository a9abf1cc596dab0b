"""The tables that foreign keys point to are locked where these go, however they were written."""

from __future__ import annotations

import pytest

from analyzers.review import review
from tests.support.alembic_trees import compare, files, revision

TAG = 'op.create_table("tag", sa.Column("id", sa.Integer, primary_key=True))\n'
TABLE = 'op.create_table("item", sa.Column("id", sa.Integer, primary_key=True), sa.Column("tag_id", sa.Integer{}){})'
KEYS = {
    "in the column": TABLE.format(', sa.ForeignKey("tag.id", name="key")', ""),
    "in the table": TABLE.format("", ', sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name="key")'),
    "by itself": TABLE.format("", "")
    + '\nop.create_foreign_key("key", "item", "tag", ["tag_id"], ["id"])',
}  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "gone",
    [
        'op.drop_column("item", "tag_id")',
        'op.drop_constraint("key", "item", type_="foreignkey")',
        'op.drop_table("item")',
    ],
)
def test_the_table_that_a_key_points_to_is_locked(key: str, gone: str) -> None:
    base = files(one=revision("3f9a1c07be52", None, TAG + KEYS[key]))
    two = revision("88d0e2b7a614", "3f9a1c07be52", gone)
    (shown,) = review(compare(base, head={"migrations/versions/two.py": two})).sql

    assert {(lock.table, lock.mode) for lock in shown.locks} == {
        ("item", "ACCESS EXCLUSIVE"),
        ("tag", "ACCESS EXCLUSIVE"),
    }
