"""What demands something of rows stays behind the step that corrects them."""

from __future__ import annotations

from analyzers.config import Config
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import START, add, changed, migration, path

TABLE = "ALTER TABLE orders_order {}"
FILL = (
    "def fill(apps, schema_editor):\n"
    '    apps.get_model("orders", "Order").objects.filter(code=None).update(code="")\n\n\n'
)
DEMAND = 'migrations.AlterField("order", "code", models.CharField(max_length=9, default=""))'


def sql(*statements: str) -> str:
    return ", ".join(f'migrations.RunSQL("{TABLE.format(s)}", "")' for s in statements)


def steps_of(operations: str) -> list[tuple[str, str]]:
    """The kind of each file's step, and the file."""
    code = add("code", "models.CharField(max_length=9, null=True)")
    base = changed(START, {path("0003_code"): migration("0002_total", operations=code)})
    text = migration("0003_code", operations=operations, before=FILL)
    old, new = MemoryTree(base), MemoryTree(changed(base, {path("0004_a"): text}))
    sides = Comparison(merge_base=old, base=old, head=new, merged=new)
    split = review(sides, Config(), sql=False).split
    assert split.needed
    return [(s.kind, t) for s in split.steps for t in s.files.values() if "operations" in t]


def test_a_check_in_sql_is_validated_after_the_rows_are_filled() -> None:
    """It was the first step of all, at which migrate stopped; its end followed before the column was NOT NULL."""
    check = sql("ADD CONSTRAINT nn CHECK (code IS NOT NULL) NOT VALID", "VALIDATE CONSTRAINT nn")
    files = steps_of(f"migrations.RunPython(fill), {check}, {DEMAND}, {sql('DROP CONSTRAINT nn')}")
    order = [
        next(n for n, (_, text) in enumerate(files) if word in text)
        for word in ("def fill(", "ADD CONSTRAINT nn", "VALIDATE CONSTRAINT nn", "SET NOT NULL", "DROP CONSTRAINT nn")
    ]  # fmt: skip

    assert order == sorted(order)
    assert files[order[0]][0] == "data"


def test_what_no_data_comes_before_is_run_first() -> None:
    files = steps_of(f"{sql('ADD CONSTRAINT few CHECK (total <> 7) NOT VALID')}, {DEMAND}")

    assert "ADD CONSTRAINT few" in files[0][1]


def test_the_shorter_way_takes_no_field_that_the_data_is_moved_from() -> None:
    """RunPython asks the models' state: the field that it reads was gone from it a step before."""
    old = "models.TextField(null=True)"
    base = changed(START, {path("0003_code"): migration("0002_total", operations=add("old", old))})
    fill = FILL.replace("code", "old")
    alone = 'migrations.RemoveField("order", "old")'
    found = []
    for operations in (alone, f"migrations.RunPython(fill), {alone}"):
        text = migration("0003_code", operations=operations, before=fill)
        before, after = MemoryTree(base), MemoryTree(changed(base, {path("0004_a"): text}))
        sides = Comparison(merge_base=before, base=before, head=after, merged=after)
        found.append(review(sides, Config(), sql=False).split)

    assert [bool(split.alternative) for split in found] == [True, False]
    kinds = [step.kind for step in found[1].steps]
    assert kinds.index("data") < kinds.index("model")
