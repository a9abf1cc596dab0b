"""Fields and statements that a migration's own functions put together."""

from __future__ import annotations

import time

import pytest

from analyzers.config import Config
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.lacking_worlds import MODELS, PROJECT, lacking

FIELD = '''
def field(size, text="the number"):
    """As long as it has to be."""
    longer = size + 1
    return models.CharField(help_text=text, max_length=longer)
'''
MIGRATION = """
from django.db import migrations, models
{above}

class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
{inside}
    operations = [
        migrations.AlterField("order", "number", CALL),
    ]
"""
INSIDE = "".join(f"    {line}\n" for line in FIELD.splitlines())
ABOVE = [
    MIGRATION.format(above=FIELD, inside=""),
    MIGRATION.format(above="", inside=INSIDE),
    MIGRATION.format(above=FIELD.replace("+ 1", "- 1"), inside=INSIDE),
]
LONGER = MODELS.replace("max_length=20", "max_length=30, help_text='the number'")


@pytest.mark.parametrize("source", ABOVE)
def test_a_field_may_come_from_a_function_of_the_file(source: str) -> None:
    """Of the file, or of the class's body, which hides it."""
    for call, said in (
        ("field(29)", []),
        ("field(size=29)", []),
        ("field(39)", ["max_length of the field number changed"]),
        ("field(29, text='a number')", ["help_text of the field number changed"]),
        ("other(39)", []),
    ):
        made = {"shop/models.py": LONGER, "shop/migrations/0002_x.py": source.replace("CALL", call)}
        found = lacking(PROJECT, made)

        assert [f.message.partition("says so: ")[2].rstrip(".") for f in found] == said


@pytest.mark.parametrize(
    "body",
    [
        "if size:\n        return models.CharField(max_length=9)\n    return models.TextField()",
        "made = wrap(models.CharField(max_length=9))\n    return made",
        "return field(size)",
        "yield models.CharField(max_length=9)",
    ],
)
def test_a_function_that_does_more_is_not_followed(body: str) -> None:
    """Nothing is said of what it may give."""
    source = MIGRATION.format(above=f"def field(size):\n    {body}\n", inside="")
    made = {
        "shop/models.py": LONGER,
        "shop/migrations/0002_x.py": source.replace("CALL", "field(9)"),
    }

    assert not lacking(PROJECT, made)


def test_functions_that_call_each_other_twice_are_followed_so_far() -> None:
    """Forty levels would be a million million calls."""
    functions = "".join(f"def f{n}():\n    return [f{n + 1}(), f{n + 1}()]\n" for n in range(40))
    began = time.perf_counter()
    source = MIGRATION.format(above=f"{functions}\ndef f40():\n    return 1\n", inside="")
    made = {"shop/models.py": LONGER, "shop/migrations/0002_x.py": source.replace("CALL", "f0()")}

    assert not lacking(PROJECT, made)
    assert time.perf_counter() - began < 30


def test_sql_may_come_from_a_function_of_the_file() -> None:
    code = "def index(table):\n    return f'CREATE INDEX by_number ON {table} (number)'\n"
    source = MIGRATION.format(above=code, inside="").replace(
        'migrations.AlterField("order", "number", CALL)', "migrations.RunSQL(index('shop_order'))"
    )
    old, new = MemoryTree(PROJECT), MemoryTree({**PROJECT, "shop/migrations/0002_x.py": source})
    sides = Comparison(merge_base=old, base=old, head=new, merged=new)

    rules = {f.rule for f in review(sides, Config()).findings}

    assert "index-blocks-writes" in rules
    assert "raw-sql-unreadable" not in rules
