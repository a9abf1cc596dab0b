"""What Django refuses of a generated column: each pair was compared by ``generated_sql`` of Django 5.2."""

from __future__ import annotations

import pytest

from tests.support.worlds import START, changed, findings, migration, path, said

RULE = "migration-does-not-load"
_IMPORTS = (
    "import django.db.models.expressions\n"
    "from django.db.models import ExpressionWrapper, F, Value\n"
    "from django.db.models.functions import Coalesce, Concat, Lower, Upper\n"
    "from elsewhere import KNOWN, OTHER, STORED, made\n\n\n"
)


def generated(expression: str, more: str = "db_persist=True") -> str:
    return (
        f"models.GeneratedField(expression={expression}, output_field=models.TextField(), {more})"
    )


def told(old: str, new: str) -> list[tuple[str, str, str | None]]:
    """What is said where the field ``made`` is *old* on the base and an ``AlterField`` makes it *new*."""
    before = migration(
        "0002_total", operations=f'migrations.AddField("order", "made", {old})', before=_IMPORTS
    )
    after = migration(
        "0003_made", operations=f'migrations.AlterField("order", "made", {new})', before=_IMPORTS
    )
    found = findings(
        changed(START, {path("0003_made"): before}),
        head={path("0004_other"): after},
        rules=frozenset({RULE}),
    )
    return said(found)


REFUSED = [
    ('F("total")', 'F("id")'),
    ('F("id") * 2', 'F("id") * 3'),
    ('F("id") * 2', 'F("id") + 2'),
    ('Lower("total")', 'Upper("total")'),
    ('Coalesce(F("total"), Value(0))', 'Coalesce(F("total"), Value(1))'),
    ('Concat("total", Value("a"))', 'Concat("total", Value("b"))'),
    ('-F("id")', 'F("id")'),
]
TAKEN = [
    ('F("id") * 2', 'F("id") * Value(2)'),
    ('Lower("total")', 'Lower(F("total"))'),
    ('F("id") * 2', "django.db.models.expressions.CombinedExpression(F('id'), '*', Value(2))"),
    ('F("id") * 2', 'ExpressionWrapper(F("id") * 2, output_field=models.IntegerField())'),
    ('-F("id")', 'F("id") * -1'),
    # What is not understood is not told.
    ('Lower("total")', 'made("total")'),
    ('made("total")', 'made("id")'),
    ('Coalesce(F("total"), KNOWN)', 'Coalesce(F("total"), OTHER)'),
]


@pytest.mark.parametrize(("old", "new"), REFUSED)
def test_another_expression_stops_migrate(old: str, new: str) -> None:
    assert told(generated(old), generated(new)) == [(RULE, "error", "0004_other")]


@pytest.mark.parametrize(("old", "new"), TAKEN)
def test_the_same_expression_in_other_words_is_altered(old: str, new: str) -> None:
    assert told(generated(old), generated(new)) == []


@pytest.mark.parametrize(
    ("old", "new", "refused"),
    [
        (generated('Lower("total")'), "models.TextField(null=True)", True),
        ("models.TextField(null=True)", generated('Lower("total")'), True),
        ("models.IntegerField(default=1)", generated('made("total")'), True),
        (generated('made("total")'), generated('made("total")', "db_persist=False"), True),
        (generated('made("total")'), generated('made("total")', "db_persist=STORED"), False),
        (generated('F("id")'), generated('F("id")', "db_persist=True, help_text='x'"), False),
        ("models.TextField(null=True)", "models.TextField(default='')", False),
        ("elsewhere.Field()", generated('F("id")'), False),
    ],
)
def test_into_and_out_of_a_generated_column_there_is_no_way(
    old: str, new: str, refused: bool
) -> None:
    assert bool(told(old, new)) is refused


def test_removed_and_added_again_it_is_made_anew() -> None:
    before = migration(
        "0002_total",
        operations=f'migrations.AddField("order", "made", {generated("F(1)")})',
        before=_IMPORTS,
    )
    after = migration(
        "0003_made",
        operations='migrations.RemoveField("order", "made"), '
        f'migrations.AddField("order", "made", {generated("Lower(F(2))")})',
        before=_IMPORTS,
    )
    start = changed(START, {path("0003_made"): before})

    assert findings(start, head={path("0004_other"): after}, rules=frozenset({RULE})) == []
