"""What a migration sets for its transaction goes with the operations that come after it."""

from __future__ import annotations

import pytest

from analyzers.config import Config, LargeTables
from analyzers.results import Split
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import START, add, changed, migration, path

TIMEOUT = "SET LOCAL lock_timeout = '2s'"
INDEX = 'migrations.AddIndex("order", models.Index(fields=["total"], name="by_total"))'
DEMANDED = add("kind", "models.IntegerField(default=1)")


def sql(*texts: str) -> str:
    said = repr(list(texts)) if len(texts) > 1 else repr(texts[0])
    return f"migrations.RunSQL({said}, migrations.RunSQL.noop)"


def split_of(*operations: str, before: str = "", large: bool = False) -> Split:
    text = migration("0002_total", operations=", ".join(operations), before=before)
    old, new = MemoryTree(START), MemoryTree(changed(START, {path("0003_change"): text}))
    trees = Comparison(merge_base=old, base=old, head=new, merged=new)
    tables = LargeTables(tables={"orders_order": 10**9} if large else {})
    return review(trees, Config(split_style="state", large_tables=tables), sql=False).split


def files(split: Split) -> dict[str, str]:
    return {
        name.rpartition("/")[2]: text for step in split.steps for name, text in step.files.items()
    }


@pytest.mark.parametrize(
    "said",
    [
        (TIMEOUT,),
        (TIMEOUT, "SET LOCAL statement_timeout = '5s'"),
        (f"-- not for long\n{TIMEOUT};",),
        ("SELECT set_config('lock_timeout', '2s', true)",),
        ("SET lock_timeout TO '2s'",),
    ],
)
def test_it_moves_no_data(said: tuple[str, ...]) -> None:
    """It was a pull request of its own."""
    split = split_of(sql(*said), INDEX, DEMANDED)
    written = files(split)

    assert not any("moves data" in step.title.lower() for step in split.steps)
    assert "lock_timeout" in written["0003_add_kind.py"]
    assert "lock_timeout" in written["0010_kind_not_null.py"]
    # An index that is given up half built stays, and no transaction is there to set it for.
    assert "lock_timeout" not in written["0004_order_index.py"]


def test_what_comes_before_it_does_without() -> None:
    written = files(split_of(DEMANDED, sql(TIMEOUT), add("note", "models.TextField(default='')")))

    assert "lock_timeout" not in written["0003_add_kind.py"]
    assert "lock_timeout" in written["0004_add_note.py"]


def test_a_role_holds_outside_of_transactions_too() -> None:
    written = files(split_of(sql("SET ROLE owner"), INDEX, DEMANDED))

    assert all(
        "SET ROLE owner" in text
        for name, text in written.items()
        if "state_operations" not in text and "fill" not in name
    )


def test_code_has_what_was_set_for_it() -> None:
    fill = "def fill(apps, schema_editor):\n    apps.get_model('orders', 'Order').objects.update(total='x')\n\n\n"
    split = split_of(
        sql("SET LOCAL statement_timeout = 0"), "migrations.RunPython(fill)", DEMANDED, before=fill
    )

    assert "statement_timeout" in files(split)["0005_fill.py"]


def test_it_takes_the_place_of_the_time_that_large_tables_have() -> None:
    written = files(split_of(sql("SET LOCAL lock_timeout = '9s'"), DEMANDED, large=True))

    assert "9s" in written["0003_add_kind.py"]
    assert "2s" not in written["0003_add_kind.py"]


def test_what_does_more_is_no_setting() -> None:
    split = split_of(sql(f"{TIMEOUT}; UPDATE orders_order SET total = 'x'"), DEMANDED)

    assert any("moves data" in step.title.lower() for step in split.steps)


def test_a_new_table_with_a_key_to_a_large_one_does_not_wait_long() -> None:
    line = 'migrations.CreateModel("Line", [("id", models.BigAutoField(primary_key=True)), ("order", models.ForeignKey("orders.order", models.CASCADE))])'

    assert TIMEOUT in files(split_of(line, DEMANDED, large=True))["0003_line.py"]


def test_many_comments_take_no_long_time() -> None:
    """Each could have been read as one with the next; none of them sets anything."""
    split = split_of(sql("/*a*/" * 2000), DEMANDED)

    assert TIMEOUT not in str(files(split))
