"""Another primary key: no file can split it, and none is offered."""

from __future__ import annotations

import pytest

from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import START, changed, migration, path

GONE = 'migrations.RemoveField("order", "id")'


@pytest.mark.parametrize(
    "key",
    [
        'migrations.AlterField("order", "total", models.IntegerField(primary_key=True))',
        'migrations.AlterField("order", "total", models.UUIDField(primary_key=True))',
        'migrations.AddField("order", "code", models.IntegerField(primary_key=True, default=1))',
        'migrations.AddField("order", "code", models.BigAutoField(primary_key=True))',
    ],
)
@pytest.mark.parametrize("database", ["postgresql", "mysql"])
def test_a_key_that_gives_way_to_another_is_not_made_nullable(key: str, database: str) -> None:
    """No database lets a part of a primary key be NULL."""
    start = changed(START, {".github/twostep.yml": f"database: {database}\n"})
    base = MemoryTree(start)
    new = migration("0002_total", operations=f"{GONE}, {key}")
    head = MemoryTree(changed(start, {path("0003_key"): new}))

    split = review(Comparison(merge_base=base, base=base, head=head, merged=head)).split

    assert split.needed
    assert not split.steps
    assert "orders_order gets another primary key" in split.reason


def test_a_default_of_a_new_key_is_one_value_for_all_rows() -> None:
    base = MemoryTree(START)
    field = "models.IntegerField(primary_key=True, default=1)"
    new = migration(
        "0002_total", operations=f'{GONE}, migrations.AddField("order", "code", {field})'
    )
    head = MemoryTree(changed(START, {path("0003_key"): new}))

    found = review(Comparison(merge_base=base, base=base, head=head, merged=head)).findings

    (told,) = (f for f in found if f.rule == "not-null-column-added")
    assert "on a table with two rows the migration itself fails" in told.why
