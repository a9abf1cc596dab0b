"""Locks of statements that change no column and no constraint, as PostgreSQL takes them."""

from __future__ import annotations

import pytest

from analyzers.read.sql import read_sql
from analyzers.vocabulary import Place, RunStatement


@pytest.mark.parametrize(
    ("what", "mode"),
    [
        ("DISABLE TRIGGER ALL", "SHARE ROW EXCLUSIVE"),
        ("ENABLE TRIGGER USER", "SHARE ROW EXCLUSIVE"),
        ("DISABLE TRIGGER some_trigger", "SHARE ROW EXCLUSIVE"),
        ("ENABLE ALWAYS TRIGGER some_trigger", "SHARE ROW EXCLUSIVE"),
        ("REPLICA IDENTITY FULL", "ACCESS EXCLUSIVE"),
        ("FORCE ROW LEVEL SECURITY", "ACCESS EXCLUSIVE"),
        ("DISABLE ROW LEVEL SECURITY", "ACCESS EXCLUSIVE"),
        ("CLUSTER ON shop_item_pkey", "SHARE UPDATE EXCLUSIVE"),
        ("SET WITHOUT CLUSTER", "SHARE UPDATE EXCLUSIVE"),
    ],
)
def test_a_table_is_locked_by_what_is_set_on_it(what: str, mode: str) -> None:
    [change] = read_sql(f"ALTER TABLE shop_item {what}", Place("a.py"), "postgresql")

    assert isinstance(change, RunStatement)
    assert (change.table, change.locks) == ("shop_item", mode)
