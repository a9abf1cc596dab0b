"""Every alteration of one field to another gets its plan, whatever the two are."""

from __future__ import annotations

import pytest

from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import START, add, changed, migration, path

FIELDS = (
    "models.CharField(max_length=100)",
    'models.CharField(max_length=50, db_collation="natural_sort")',
    "models.CharField(max_length=200, unique=True)",
    "models.CharField(max_length=LENGTH)",
    "models.CharField()",
    "models.TextField(null=True)",
    "models.IntegerField(null=True, db_index=True)",
    "models.BigIntegerField(default=1)",
    "models.DecimalField(max_digits=10, decimal_places=2)",
    "models.DecimalField(max_digits=DIGITS, decimal_places=2, null=True)",
    "models.ForeignKey('orders.Order', on_delete=models.CASCADE)",
    "models.GeneratedField(expression=models.F('total'), output_field=models.TextField(), db_persist=True)",
)
WITHOUT_A_KNOWN_COLUMN = (
    "models.ManyToManyField('orders.Order')",
    "shop.fields.MoneyField(currency='EUR')",
)


@pytest.mark.parametrize("before", FIELDS)
def test_an_alteration_of_any_field_to_any_other_is_planned(before: str) -> None:
    """No pair stops the review; where a step is needed it has a file or says what to do."""
    planned = 0
    base = changed(
        START, {path("0003_note"): migration("0002_total", operations=add("note", before))}
    )
    for after in (*FIELDS, *WITHOUT_A_KNOWN_COLUMN, before.replace(")", ", null=True)", 1)):
        altered = migration(
            "0003_note", operations=f'migrations.AlterField("order", "note", {after})'
        )
        head = changed(base, {path("0004_other"): altered})
        result = review(
            Comparison(
                merge_base=MemoryTree(base),
                base=MemoryTree(base),
                head=MemoryTree(head),
                merged=MemoryTree(head),
            )
        )
        if result.split.needed:
            planned += 1
            assert all(step.files or step.after or step.title for step in result.split.steps)
            # An index alone is built by one pull request.
            built = any("CONCURRENTLY" in c for s in result.split.steps for c in s.files.values())
            assert len(result.split.steps) >= 2 or built
    assert planned >= 1


DOMAIN = "CREATE DOMAIN rate AS numeric CHECK (VALUE > 0)"
TABLE_WRITTEN = "UPDATE orders_order SET total = '0'"


@pytest.mark.parametrize(("sql", "first"), [(DOMAIN, True), (TABLE_WRITTEN, False)])
def test_what_later_statements_need_stays_ahead_of_them(sql: str, first: bool) -> None:
    """A type is there before the column that has it; only rows are moved in a step of their own."""
    other = 'migrations.AlterField("order", "total", shop.fields.RateField(null=True))'
    index = 'migrations.AddIndex("order", models.Index(fields=["total"], name="by_total"))'
    operations = f'migrations.RunSQL("{sql}", ""),\n        {other},\n        {index}'
    head = changed(
        START,
        {
            path("0003_rate"): migration(
                "0002_total", operations=operations, before="import shop.fields\n\n\n"
            )
        },
    )
    trees = MemoryTree(START), MemoryTree(head)
    split = review(
        Comparison(merge_base=trees[0], base=trees[0], head=trees[1], merged=trees[1])
    ).split

    written = [text for step in split.steps for text in step.files.values() if "operations" in text]
    kinds = ("RunSQL", "RateField", "AddIndexConcurrently")
    found = [kind for text in written for kind in kinds if f"{kind}(" in text]
    assert found == (list(kinds) if first else [*kinds[1:], kinds[0]])
    assert not any("no table notices" in step.title for step in split.steps)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("models.SlugField(unique=True)", "models.SlugField()"),
        (
            "models.OneToOneField('orders.Order', on_delete=models.CASCADE)",
            "models.ForeignKey('orders.Order', on_delete=models.CASCADE)",
        ),
    ],
)
def test_a_plain_index_is_built_before_the_unique_one_goes(before: str, after: str) -> None:
    """Of the step that ran the alteration as it is, the review itself said that it stops writes."""
    own = 'migrations.AddConstraint("order", models.UniqueConstraint(fields=["a"], name="own"))'
    base = changed(
        START,
        {path("0003_a"): migration("0002_total", operations=f"{add('a', before)}, {own}")},
    )
    altered = migration("0003_a", operations=f'migrations.AlterField("order", "a", {after})')
    old, new = MemoryTree(base), MemoryTree(changed(base, {path("0004_a"): altered}))

    result = review(Comparison(merge_base=old, base=old, head=new, merged=new))
    (step,) = result.split.steps
    built, gone = step.files.values()

    assert "index-blocks-writes" in {f.rule for f in result.findings}
    assert step.after == ("merge", "migrate", "deploy")
    assert "CREATE INDEX CONCURRENTLY" in built
    assert "DROP CONSTRAINT %I" in gone
    assert "conname <> 'own'" in gone
    assert "AlterField(" in gone.partition("state_operations")[2]


def test_what_has_no_other_form_is_said_to_stop_writes() -> None:
    before, after = "models.SlugField(unique=True)", "models.SlugField(max_length=60)"
    base = changed(START, {path("0003_a"): migration("0002_total", operations=add("a", before))})
    text = migration(
        "0003_a",
        operations=f'migrations.AlterField("order", "a", {after}), {add("b", "models.IntegerField(default=1)")}',
    )
    old, new = MemoryTree(base), MemoryTree(changed(base, {path("0004_a"): text}))

    split = review(Comparison(merge_base=old, base=old, head=new, merged=new)).split

    said = "uns AlterField as it is (no other way is written for it: run it when writes of orders_order can wait)"
    assert any(said in step.title for step in split.steps)
