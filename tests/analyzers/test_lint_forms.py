"""Migrations that a linter rewrote do what they did; what looks like it and does something else is told."""

from __future__ import annotations

import pytest

from analyzers.read.alembic.meaning import meaning_parts
from analyzers.read.sources import Unparsed, parse
from analyzers.relate.meaning import database_meaning

ALIKE = [
    # Conditions.
    ("row.note = row.text if row.text else 'x'", "row.note = row.text or 'x'"),
    ("row.note = 'x' if not row.text else row.text", "row.note = row.text or 'x'"),
    ("row.on = True if row.a > 1 else False", "row.on = row.a > 1"),
    ("row.a = MAP[row.b] if row.b in MAP else row.b", "row.a = MAP.get(row.b, row.b)"),
    ("if 'a' == row.kind:\n    row.go()", "if row.kind == 'a':\n    row.go()"),
    ("if not row.kind == 'a':\n    row.go()", "if row.kind != 'a':\n    row.go()"),
    ("if row.kind in ['a']:\n    row.go()", "if row.kind == 'a':\n    row.go()"),
    ("if row.a == 1 or row.a == 2:\n    row.go()", "if row.a in {2, 1}:\n    row.go()"),
    ("if row.a in MAP.keys():\n    row.go()", "if row.a in MAP:\n    row.go()"),
    ("if row.a > 9:\n    row.a = 9", "row.a = min(row.a, 9)"),
    (
        "if row.a:\n    row.go()\nelif row.b:\n    row.go()\nelse:\n    row.end()",
        "if row.a or row.b:\n    row.go()\nelse:\n    row.end()",
    ),
    ("if row.a:\n    return\nelse:\n    row.go()", "if row.a:\n    return\nrow.go()"),
    ("row.a = row.b if row.b > 0 else 0", "row.a = max(0, row.b)"),
    ("row.a = 0 if row.b < 0 else row.b", "row.a = max(row.b, 0)"),
    ("if 'a' in row.b and row.b['a']:\n    row.go()", "if row.b.get('a'):\n    row.go()"),
    ("while len(row.b):\n    row.go()", "while row.b:\n    row.go()"),
    # Calls.
    ("row.a = {x: 1 for x in names}", "row.a = dict.fromkeys(names, 1)"),
    ("row.a = 'a.b'.split('.')", "row.a = ['a', 'b']"),
    ("row.a = MAP.get('a', None)", "row.a = MAP.get('a')"),
    ("row.a = row.text.encode('utf-8')", "row.a = row.text.encode()"),
    ("row.a = getattr(row, 'text')", "row.a = row.text"),
    ("setattr(row, 'text', 'a')", "row.text = 'a'"),
    ("row.a = dict(b=1, c=2)", "row.a = {'b': 1, 'c': 2}"),
    ("row.a = list(x.b for x in rows)", "row.a = [x.b for x in rows]"),
    ("row.a = [x for x in rows if x.b][0]", "row.a = next(x for x in rows if x.b)"),
    ("row.a = list(row.go())[0][0]", "row.a = next(iter(row.go()))[0]"),
    ("row.a = any([x.b for x in rows])", "row.a = any(x.b for x in rows)"),
    ("row.a = list(map(lambda x: x.b, rows))", "row.a = [x.b for x in rows]"),
    ("row.a = names + ['b']", "row.a = [*names, 'b']"),
    ("row.a = f'{str(row.b)} {row.c!s}'", "row.a = f'{row.b} {row.c}'"),
    ("row.a = re.match('a', row.b, re.I)", "row.a = re.match('a', row.b, re.IGNORECASE)"),
    ("row.a = isinstance(row.b, (int, str))", "row.a = isinstance(row.b, int | str)"),
    ("row.a = ' '.join(['a', 'b'])", "row.a = 'a b'"),
    ("row.a = list(zip(one, two, strict=False))", "row.a = list(zip(one, two))"),
    # Statements.
    ("with one():\n    with two():\n        row.go()", "with one(), two():\n    row.go()"),
    ("raise ValueError()", "raise ValueError"),
    (
        "try:\n    row.go()\nexcept KeyError:\n    raise ValueError('a')",
        "try:\n    row.go()\nexcept KeyError as error:\n    raise ValueError('a') from error",
    ),
    (
        "for a, b in MAP.items():\n    row.go(b)",
        "for b in MAP.values():\n    row.go(b)",
    ),
    ("for a, b in MAP.items():\n    row.go(a)", "for a in MAP:\n    row.go(a)"),
    ("text = 'no'\nraise ValueError(text)", "raise ValueError('no')"),
    ("made = row.go()\nreturn made", "return row.go()"),
]
OTHER = [
    ("row.note = row.text() if row.text() else 'x'", "row.note = row.text() or 'y'"),
    ("row.note = row.text if row.on else 'x'", "row.note = row.on or 'x'"),
    ("if row.a > 9:\n    row.a = 9", "row.a = max(row.a, 9)"),
    ("if row.a > 9:\n    row.b = 9", "row.a = min(row.a, 9)"),
    ("if row.a == 1 or row.b == 2:\n    row.go()", "if row.a in (1, 2):\n    row.go()"),
    ("if row.a == 1 and row.a == 2:\n    row.go()", "if row.a in (1, 2):\n    row.go()"),
    ("if row.a in [1, 2]:\n    row.go()", "if row.a in [1, 3]:\n    row.go()"),
    ("row.a = MAP.get('a', 0)", "row.a = MAP.get('a')"),
    ("row.a = row.text.encode('latin-1')", "row.a = row.text.encode()"),
    ("row.a = getattr(row, 'text', '')", "row.a = row.text"),
    ("row.a = set([row.b, row.c])", "row.a = [row.b, row.c]"),
    ("row.a = names + ['b']", "row.a = ['b', *names]"),
    ("row.a = f'{row.b!r}'", "row.a = f'{row.b}'"),
    ("with one():\n    with two():\n        row.go()", "with two(), one():\n    row.go()"),
    ("if row.a:\n    row.end()\nelse:\n    row.go()", "if row.a:\n    row.end()\nrow.go()"),
    ("for a, b in MAP.items():\n    row.go(a, b)", "for a in MAP:\n    row.go(a, a)"),
    ("raise ValueError", "raise KeyError"),
    ("row.a = list(row.go())[1]", "row.a = next(iter(row.go()))"),
    ("row.a = row.b if row.b > 0 else 0", "row.a = min(0, row.b)"),
    ("row.a = {x: [] for x in names}", "row.a = dict.fromkeys(names, [])"),
    ("row.a = {x: x for x in names}", "row.a = dict.fromkeys(names, x)"),
    ("row.a = len(row.b)", "row.a = row.b"),
    ("if 'a' in row.b or row.b['a']:\n    row.go()", "if row.b.get('a'):\n    row.go()"),
    ("row.a = ' '.join(['a', b])", "row.a = 'a b'"),
    ("row.a = list(zip(one, two, strict=True))", "row.a = list(zip(one, two))"),
    (
        "if row.a:\n    row.go()\nelif row.b:\n    row.end()",
        "if row.a or row.b:\n    row.go()",
    ),
]


def django(lines: str) -> str | None:
    """What a migration that runs *lines* for each row does."""
    body = lines.replace("\n", "\n        ")
    text = (
        "import re\nfrom django.db import migrations\n\nMAP = {}\n\n\n"
        "def change(apps, schema_editor):\n"
        f"    for row in apps.get_model('shop', 'Order').objects.all():\n        {body}\n\n\n"
        "class Migration(migrations.Migration):\n"
        "    operations = [migrations.RunPython(change)]\n"
    )
    return database_meaning(text.encode())


def alembic(lines: str) -> tuple[tuple[str, str], ...]:
    """The same of a revision."""
    body = lines.replace("\n", "\n        ")
    text = (
        "import re\nfrom alembic import op\nimport sqlalchemy as sa\n\nMAP = {}\n\n\n"
        "def upgrade():\n"
        f"    for row in op.get_bind().execute(sa.text('SELECT 1')):\n        {body}\n"
    )
    module = parse(text.encode())
    assert not isinstance(module, Unparsed)
    return meaning_parts(module, "a1", {}, text.encode(), "postgresql")


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_what_a_linter_rewrote_means_the_same(one: str, other: str) -> None:
    assert django(one) == django(other)
    assert alembic(one) == alembic(other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_what_does_something_else_does_not(one: str, other: str) -> None:
    assert django(one) != django(other)
    assert alembic(one) != alembic(other)


def test_a_cast_of_typing_gives_what_it_is_given_and_a_databases_another() -> None:
    def said(source: str, value: str) -> str | None:
        return database_meaning(
            f"from {source} import cast\nfrom django.db import migrations\n\n\ndef change(apps, schema_editor):\n"
            f"    go({value})\n\n\nclass Migration(migrations.Migration):\n"
            "    operations = [migrations.RunPython(change)]\n".encode()
        )

    assert said("typing", "cast(int, a)") == said("typing", "cast('int', a)")
    assert said("sqlalchemy", "cast('1', a)") != said("sqlalchemy", "cast('2', a)")


LONG = [
    "row.go(" + " + ".join(f"'{n} ' + row.a" for n in range(400)) + ")",
    "row.go(" + " | ".join(f"Q(a={n})" for n in range(300)) + ")",
    "if row.a == 0:\n    row.go(0)\n"
    + "\n".join(f"elif row.a == {n}:\n    row.go({n})" for n in range(1, 400)),
]


@pytest.mark.parametrize("lines", LONG, ids=["sum", "conditions", "branches"])
def test_what_is_long_is_read_as_what_is_short(lines: str) -> None:
    """Where it could not be followed, a comment beside it was told as an edit."""
    assert alembic(lines) == alembic(f"{lines}  # a remark")


@pytest.mark.parametrize(
    ("lines", "other"),
    [
        ("row.a = Union[()]", "row.a = Optional[()]"),
        ("row.a = 'x'.split('y')", "row.a = ['x']"),
        ("row.execute(f'\\0{row.a}')", "row.execute(f'\\0{row.b}')"),
    ],
)
def test_what_nobody_writes_stops_nothing(lines: str, other: str) -> None:
    assert (django(lines) == django(other)) is ("split" in lines)
    assert (alembic(lines) == alembic(other)) is ("split" in lines)
