"""Statements of columns that the database works out, as ``sqlmigrate`` prints them."""

from __future__ import annotations

import pytest

from analyzers.config import Config
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import START, add, changed, migration, path

_IMPORTS = "import django.db.models.expressions\nimport django.db.models.functions.text\n\n\n"
_TWICE = "django.db.models.expressions.CombinedExpression(models.F('id'), '*', models.Value({}))"


def generated(expression: str) -> str:
    return f"models.GeneratedField(expression={expression}, output_field=models.IntegerField(), db_persist=True)"


def statements(*operations: str) -> list[str]:
    """What the new migration with *operations* runs."""
    base = MemoryTree(START)
    new = migration("0002_total", operations=", ".join(operations), before=_IMPORTS)
    head = MemoryTree(changed(START, {path("0003_new"): new}))
    found = review(Comparison(merge_base=base, base=base, head=head, merged=head), Config())
    texts = (text for preview in found.sql for text in preview.statements)
    return [line for text in texts for line in text.splitlines() if "ACCESS EXCLUSIVE" not in line]


@pytest.mark.parametrize(
    ("expression", "sql"),
    [
        (_TWICE.format(2), '("id" * 2)'),
        ("models.F('id') * 2", '("id" * 2)'),
        (
            "django.db.models.expressions.ExpressionWrapper(models.F('id'), output_field=models.IntegerField())",
            '"id"',
        ),
    ],
)
def test_an_expression_is_written_out_and_so_is_what_stands_beside_it(
    expression: str, sql: str
) -> None:
    """Django's files name such classes by the module below ``django.db.models`` that alone has them."""
    said = statements(
        add("twice", generated(expression)), add("many", "models.IntegerField(db_default=1)")
    )

    assert said == [
        f'ALTER TABLE "orders_order" ADD COLUMN "twice" integer GENERATED ALWAYS AS ({sql}) STORED;',
        'ALTER TABLE "orders_order" ADD COLUMN "many" integer DEFAULT 1 NOT NULL;',
    ]


def test_what_django_refuses_is_told_as_refused() -> None:
    said = statements(
        add("twice", generated(_TWICE.format(2))),
        f'migrations.AlterField("order", "twice", {generated(_TWICE.format(3))})',
    )

    assert said[1].endswith("Django refuses it: Modifying GeneratedFields is not supported")


def test_what_django_does_not_have_is_not_written_out() -> None:
    (said,) = statements(add("twice", generated("django.db.models.expressions.Tripled('id')")))

    assert "`django.db.models.Tripled` is newer than the Django that writes statements here" in said
