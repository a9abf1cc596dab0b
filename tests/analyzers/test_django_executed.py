"""The SQL that the code of a ``RunPython`` executes."""

from __future__ import annotations

import ast

import pytest

from analyzers.config import Config
from analyzers.read.django.executed import read_executed
from analyzers.review import review
from analyzers.trees import Comparison, MemoryTree
from tests.support.worlds import START, add, changed, findings, migration, path

VENDOR = "schema_editor.connection.vendor"
ONE = 'schema_editor.execute("SELECT 1")'


@pytest.mark.parametrize(
    ("body", "texts", "whole"),
    [
        (ONE, ["SELECT 1"], True),
        ('schema_editor.execute("SELECT " "1;" "SELECT 2")', ["SELECT 1;SELECT 2"], True),
        ("schema_editor.execute(SQL)", ["SELECT 0"], True),
        ('sql = "SELECT 3"\nschema_editor.execute(sql)', ["SELECT 3"], True),
        ("schema_editor.execute(f'SELECT {apps}')", [], False),
        ("schema_editor.execute(f'{SQL}; ' + SQL + ';')", ["SELECT 0; SELECT 0;"], True),
        (f"if apps.ready:\n    raise ValueError\n{ONE}", ["SELECT 1"], False),
        ("with schema_editor.connection.cursor() as c:\n    c.execute('A', [1])\n", ["A"], True),
        ("cursor = connection.cursor()\ncursor.execute('A')\ncursor = []", ["A"], False),
        ("cursor = connections['other'].cursor()\ncursor.execute('A')", [], False),
        (f"if {VENDOR} == 'postgresql':\n    {ONE}", ["SELECT 1"], True),
        (f"if {VENDOR}.startswith('postgres'):\n    {ONE}\nelse:\n    x()", ["SELECT 1"], True),
        (f"if not {VENDOR} in ('sqlite', 'mysql'):\n    {ONE}", ["SELECT 1"], True),
        (f"if {VENDOR} != 'postgresql':\n    return\n{ONE}", ["SELECT 1"], True),
        (f"if {VENDOR} == 'sqlite':\n    return\nelif apps:\n    pass\n{ONE}", ["SELECT 1"], False),
        (f"if {VENDOR} not in {{'sqlite'}}:\n    return\n{ONE}", [], True),
        (f"if apps.ready:\n    return\n{ONE}", [], False),
        (f"for a in apps:\n    {ONE}\n{ONE}", ["SELECT 1"], False),
        (f"schema_editor = apps\n{ONE}", [], False),
        (f"apps.get_model('shop', 'Order').objects.all().delete()\n{ONE}", ["SELECT 1"], False),
    ],
)
def test_what_is_sure_to_be_executed(body: str, texts: list[str], whole: bool) -> None:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    module = ast.parse(f'SQL = "SELECT 0"\n\ndef run(apps, schema_editor):\n    """On."""\n{lines}')

    found = read_executed(module, "run", "shop/migrations/0002_run.py", "postgresql")

    assert [one.text for one in found.statements] == texts
    assert found.whole is whole


CODE = """def run(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute({})


"""
ADD = 'migrations.AddField("order", "size", models.IntegerField(default=0)),\n        '
RUN = "migrations.RunPython(run, migrations.RunPython.noop)"
DEFAULT = '"ALTER TABLE orders_order ALTER COLUMN size SET DEFAULT 0"'


RULES = frozenset(
    {
        "not-null-column-added",
        "index-blocks-writes",
        "data-and-schema-together",
        "irreversible-migration",
    }
)


@pytest.mark.parametrize(
    ("sql", "operations", "told"),
    [
        (DEFAULT, ADD + RUN, []),
        (DEFAULT.replace("size", "total"), ADD + RUN, ["not-null-column-added"]),
        ('"CREATE INDEX i ON orders_order (total)"', RUN, ["index-blocks-writes"]),
        ('"DROP INDEX i"', RUN, []),
        (DEFAULT, ADD + "migrations.RunPython(run)", ["irreversible-migration"]),
        ('"UPDATE orders_order SET size = 1;" ' + DEFAULT, ADD + RUN, ["data-and-schema-together"]),
    ],
)
def test_what_code_executes_is_judged_as_sql_is(sql: str, operations: str, told: list[str]) -> None:
    """Where a column gets its default that way, nothing is missing."""
    text = migration("0002_total", operations=operations, before=CODE.format(sql))

    found = findings(START, head={path("0003_size"): text}, rules=RULES)

    assert [one.rule for one in found] == told


ALTER = "ALTER TABLE orders_order ALTER COLUMN size SET DEFAULT 0"


@pytest.mark.parametrize(
    ("before", "second", "safe"),
    [
        ("", f'migrations.RunSQL("{ALTER}", "")', True),
        (CODE.format(DEFAULT), RUN, True),
        (CODE.format(DEFAULT) + "    apps.get_model('orders', 'order')\n\n\n", RUN, False),
        (CODE.format(DEFAULT), f"{RUN},\n        {add('lot', 'models.IntegerField()')}", False),
    ],
)
def test_a_column_and_its_default_stay_in_one_migration(
    before: str, second: str, safe: bool
) -> None:
    """What is between them no insert of old code would survive; code that asks for models needs all of them."""
    text = migration(
        "0002_total", operations=ADD + second, before=before.replace("\n\n\n    ", "\n    ")
    )
    old, new = MemoryTree(START), MemoryTree(changed(START, {path("0003_size"): text}))
    trees = Comparison(merge_base=old, base=old, head=new, merged=new)

    found = review(trees, Config(), sql=False)

    first = "\n".join(t for n, t in found.split.steps[0].files.items() if "/migrations/" in n)
    assert ("SET DEFAULT" in first and "AddField" in first and "null=True" not in first) is safe
    assert ("is safe" in str(found.rollback)) is ("lot" not in second)
