"""Why it hurts and what to do, where the plain answer would be wrong."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.findings import Finding
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import START, add, changed, migration, path


def said(rule: str, operations: str) -> Finding:
    base = MemoryTree(START)
    new = migration(
        "0002_total",
        operations=operations,
        before="import shop.fields\nimport wagtail.fields\n\n\n",
    )
    head = MemoryTree(changed(START, {path("0003_code"): new}))
    made = review(Comparison(merge_base=base, base=base, head=head, merged=head), Config())
    (found,) = (f for f in made.findings if f.rule == rule)
    return found


@pytest.mark.parametrize(
    ("field", "fails"),
    [
        ("models.TextField(blank=True)", False),
        ("wagtail.fields.RichTextField(blank=True)", False),
        ("shop.fields.PictureField(blank=True)", False),
        ("shop.fields.PictureField()", True),
        ("shop.fields.MonthsJSONField(blank=True)", True),
        ("models.IntegerField(blank=True)", True),
    ],
)
def test_django_fills_what_may_be_blank_with_an_empty_text(field: str, fails: bool) -> None:
    """``Field.empty_strings_allowed`` is true unless a class says otherwise."""
    found = said("not-null-column-added", add("code", field))
    assert ("fails on a table with rows" in found.why) is fails


@pytest.mark.parametrize(
    ("operation", "unique"),
    [
        ('migrations.AddIndex("order", models.Index(fields=["id"], name="i"))', False),
        (
            'migrations.AddConstraint("order", models.UniqueConstraint('
            'fields=["id"], condition=models.Q(id__gt=5), name="u"))',
            True,
        ),
    ],
)
def test_add_index_concurrently_makes_no_unique_index(operation: str, unique: bool) -> None:
    found = said("index-blocks-writes", operation)
    assert ("CREATE UNIQUE INDEX CONCURRENTLY" in found.remedy) is unique
    assert found.remedy.startswith("Use `AddIndexConcurrently`") is not unique


@pytest.mark.parametrize("unique", ["", "UNIQUE "])
def test_an_index_in_sql_stays_in_sql(unique: str) -> None:
    """`AddIndexConcurrently` would bring it into the models' state, which does not know it."""
    sql = f"CREATE {unique}INDEX i ON orders_order (id)"
    found = said("index-blocks-writes", f'migrations.RunSQL("{sql}", "DROP INDEX i")')
    assert f"CREATE {unique}INDEX CONCURRENTLY" in found.remedy
    assert "state" not in found.remedy


@pytest.mark.parametrize(
    ("field", "key"),
    [
        ("models.AutoField(primary_key=True)", True),
        ("models.DateTimeField(db_default=models.functions.Random())", False),
    ],
)
def test_a_primary_key_is_not_told_to_be_nullable(field: str, key: bool) -> None:
    found = said("table-rewritten", add("code", field))
    assert ("make it the primary key last" in found.remedy) is key
    assert found.remedy.startswith("Add the column as nullable") is not key


@pytest.mark.parametrize(
    ("operation", "way"),
    [
        (
            'migrations.AddConstraint("order", models.CheckConstraint(check=models.Q(id__gt=5), name="c"))',
            "(`AddConstraintNotValid`)",
        ),
        (
            'migrations.AlterField("order", "total", models.ForeignKey("orders.Order", models.CASCADE, null=True, db_column="total"))',
            "by `RunSQL`",
        ),
        (
            'migrations.RunSQL("ALTER TABLE orders_order ADD CONSTRAINT c CHECK (id > 5)", "")',
            "Add it NOT VALID, and",
        ),
    ],
)
def test_only_a_check_is_added_not_valid_by_an_operation(operation: str, way: str) -> None:
    """``AddConstraintNotValid`` raises a ``TypeError`` for any other constraint."""
    assert way in said("constraint-scans-under-lock", operation).remedy
