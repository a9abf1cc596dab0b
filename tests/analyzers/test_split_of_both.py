"""A pull request that changes the migrations of Django and of Alembic."""

from __future__ import annotations

from analyzers.config import Config
from analyzers.results import Split
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.alembic_trees import files, revision
from tests.support.worlds import START, add, migration, path

TABLE = 'op.create_table("items", sa.Column("id", sa.Integer, primary_key=True))'
BASE = {**START, **files(one=revision("3f9a1c07be52", None, TABLE))}
DEMANDED = 'op.add_column("items", sa.Column("rank", sa.Integer(), nullable=False))'
NEW_TABLE = (
    'migrations.CreateModel("Tag", [("id", models.BigAutoField(primary_key=True))], options={})'
)


def split_of(operations: str) -> Split:
    head = {
        **BASE,
        path("0003_next"): migration("0002_total", operations=operations),
        "migrations/versions/two.py": revision("88d0e2b7a614", "3f9a1c07be52", DEMANDED),
    }
    base, after = MemoryTree(BASE), MemoryTree(head)
    trees = Comparison(merge_base=base, base=base, head=after, merged=after)
    return review(trees, Config(), sql=False).split


def test_where_one_side_needs_steps_one_pull_request_is_not_called_fine() -> None:
    found = split_of(NEW_TABLE)
    assert found.needed
    assert "old code inserts rows without items.rank" in found.reason
    assert [step.kind for step in found.steps] == ["migration", "model", "data", "migration"]


def test_where_both_need_steps_each_gets_its_own_pull_request() -> None:
    found = split_of(add("note", "models.TextField()"))
    assert found.needed
    assert "orders_order.note is NOT NULL" in found.reason
    assert "old code inserts rows without items.rank" in found.reason
    assert "in pull requests of their own" in found.reason
