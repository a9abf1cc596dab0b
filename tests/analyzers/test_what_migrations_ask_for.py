"""Names, modules and members that migrations ask for and do not get; files that no Python reads."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.support import worlds
from tests.support.alembic_trees import compare, files, findings, revision
from tests.support.worlds import add, migration, path

RULE = "migration-does-not-load"
FIRST, SECOND, THIRD = "3f9a1c07be52", "88d0e2b7a614", "5c1d77e0f9aa"
ONE, TWO, THREE = (f"migrations/versions/{name}.py" for name in ("one", "two", "three"))
MOODS = 'import enum\n\n\nclass Mood(enum.Enum):\n    SAD = "sad"\n    GLAD = "glad"\n'
ASKS = "op.execute(f\"UPDATE orders SET mood = '{Mood.GLAD.value}'\")"


def importing(line: str, upgrade: str = "pass", name: str = SECOND, down: str = FIRST) -> str:
    return revision(name, down, upgrade).replace("import sqlalchemy", f"{line}\nimport sqlalchemy")


BASE = {
    **files(one=revision(FIRST, None), two=importing("from app.kinds import Sku")),
    "app/__init__.py": "",
    "app/kinds.py": "class Sku:\n    pass\n",
    "app/moods.py": MOODS,
}


def told(head: Mapping[str, str | None], base: Mapping[str, str] = BASE) -> list[str]:
    """Where the review says that a file does not load, and what it says."""
    found = findings(compare(base, head=head), RULE)
    return [f"{f.place.path}:{f.place.line} {f.message}" for f in found]


def test_a_module_that_a_committed_revision_imports_is_moved() -> None:
    head = {"app/kinds.py": None, "app/types.py": BASE["app/kinds.py"]}

    assert told(head) == [f"{TWO}:3 It imports `app.kinds`, which goes with this pull request."]


@pytest.mark.parametrize(
    "line",
    [
        "import app.kinds",
        "from app import kinds",
        "from app.kinds import *",
        "from app.kinds import (Sku,)",
    ],
)
def test_each_way_to_import_a_module_that_goes(line: str) -> None:
    assert told({"app/kinds.py": None}, {**BASE, TWO: importing(line)})


@pytest.mark.parametrize(
    "head",
    [
        # It is a package now, a compiled module, or one that a build writes.
        {"app/kinds.py": None, "app/kinds/__init__.py": "class Sku:\n    pass\n"},
        {"app/kinds.py": None, "app/kinds.pyx": ""},
        {"app/kinds.py": None, ".gitignore": "app/kinds.py\n"},
        {"app/kinds.py": None, "src/app/kinds.py": "", "src/app/__init__.py": ""},
        # The revision follows, or is in no hurry.
        {"app/kinds.py": None, "app/types.py": "Sku = 1\n", TWO: importing("from app.types import Sku")},
        {
            "app/kinds.py": None,
            TWO: importing("try:\n    from app.kinds import Sku\nexcept ImportError:\n    Sku = None"),
        },
        # The package gets its modules by hand, or goes as a whole and may be installed.
        {"app/kinds.py": None, "app/__init__.py": "import sys\nsys.modules['app.kinds'] = object()\n"},
        {"app/kinds.py": None, "app/moods.py": None, "app/__init__.py": None},
        {"app/kinds.py": None, ".gitmodules": '[submodule "kinds"]\n\tpath = app/kinds\n'},
    ],
)  # fmt: skip
def test_a_module_that_may_still_be_there(head: dict[str, str | None]) -> None:
    assert told(head) == []


def test_a_module_of_another_folder_is_not_the_one_that_is_imported() -> None:
    base = {**BASE, TWO: importing("from celery.app import Sku"), "old/celery/app.py": ""}

    assert told({"old/celery/app.py": None}, {**base, "old/celery/__init__.py": ""}) == []


@pytest.mark.parametrize(
    "line",
    [
        "from app.nope import Sku",
        "import app.deep.nope",
        "from app import nope_pb2",
        "from celery.nope import Sku",
    ],
)
def test_what_a_new_revision_imports_may_come_from_anywhere(line: str) -> None:
    """A build may write it, or a package that is installed has it."""
    assert told({THREE: importing(line, name=THIRD, down=SECOND)}) == []


@pytest.mark.parametrize(
    ("line", "gone"),
    [
        ("from types import SimpleNamespace", "app/types/__init__.py"),
        ("from celery import shared_task", "app/migrations/celery/__init__.py"),
    ],
)
def test_a_folder_within_a_package_is_nobody_s_library(line: str, gone: str) -> None:
    """``app/types`` is ``app.types``, and ``types`` is Python's own."""
    two = "app/migrations/versions/two.py"
    base = {
        "app/__init__.py": "",
        "app/migrations/__init__.py": "",
        "app/migrations/versions/one.py": revision(FIRST, None),
        two: importing(line),
        gone: "",
        "alembic.ini": "[alembic]\nscript_location = app/migrations\n",
        "app/migrations/env.py": "from alembic import context\n",
    }

    assert told({gone: None}, base) == []


def test_a_member_that_a_committed_revision_asks_for_goes() -> None:
    base = {**BASE, TWO: importing("from app.moods import Mood", ASKS)}

    assert told({"app/moods.py": MOODS.replace("GLAD", "HAPPY")}, base) == [
        f"{TWO}:14 It asks for `Mood.GLAD`, which app/moods.py has no more."
    ]


@pytest.mark.parametrize(
    "moods",
    [
        MOODS.replace("SAD =", "BAD ="),
        MOODS + "    HAPPY = 'happy'\n",
        MOODS.replace("GLAD", "HAPPY") + "    if True:\n        GLAD = 'glad'\n",
        MOODS.replace("GLAD", "HAPPY").replace("(enum.Enum)", "(More, enum.Enum)"),
        MOODS.replace("GLAD", "HAPPY") + "    locals()['GLAD'] = 'glad'\n",
        MOODS.replace("GLAD", "HAPPY").replace("enum.Enum)", "enum.Enum, metaclass=Meta)"),
    ],
)
def test_members_that_stay_or_may_stay(moods: str) -> None:
    base = {**BASE, TWO: importing("from app.moods import Mood", ASKS)}

    assert told({"app/moods.py": moods}, base) == []


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("op.add_column('a', sa.Column('b', postgresql.JSONB()))", "postgresql"),
        ("if op.get_bind():\n    op.execute(sql)", "sql"),
        ("for name in NAMES:\n    op.drop_column('a', name)", "NAMES"),
        ("raise NotImplementedError\nop.execute(sql)", None),
        ("try:\n    op.execute(sql)\nexcept NameError:\n    pass", None),
        ("def later():\n    op.execute(sql)", None),
        ("rows = (row for row in later)", None),
        ("sql = 'SELECT 1'\nop.execute(sql)", None),
        ("from shop.sql import *\nop.execute(sql)", None),
        ("exec('sql = 1')\nop.execute(sql)", None),
        ("rows: Rows = []", None),
        ("op.execute(unicode('a') + __file__)", None),
        ("match op.get_bind():\n    case [*rest]:\n        print(rest)", None),
        ("[op.execute(sql) for sql in ()]", None),
    ],
)
def test_names_of_a_revision_that_nothing_binds(statement: str, name: str | None) -> None:
    # A star belongs to the top of a file.
    star, _, rest = statement.partition("import *\n")
    body, before = (rest, f"{star}import *\n") if rest else (statement, "")
    text = revision(THIRD, SECOND, body).replace("revision =", f"{before}revision =", 1)
    found = [line.partition(" ")[2] for line in told({THREE: text})]

    assert found == ([f"`{name}` is bound nowhere in this file."] if name else [])


def test_the_remedy_is_the_import() -> None:
    text = revision(THIRD, SECOND, "op.add_column('a', sa.Column('b', sqlmodel.sql.AutoString()))")
    (found,) = findings(compare(BASE, head={THREE: text}), RULE)

    assert found.remedy == "Import it: `import sqlmodel`."
    assert "NameError: name 'sqlmodel' is not defined" in found.why


def test_what_was_unbound_on_the_base_is_not_told_of_who_edits_the_file() -> None:
    text = revision(THIRD, SECOND, "op.execute(sql)")

    assert told({THREE: text + "# More.\n"}, {**BASE, THREE: text}) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = (\n", 18),
        ("x = [1)\n", 18),
        ("x = 'open\n", 18),
        ("def more()\n    pass\n", 18),
        ("def more():\npass\n", 19),
        ("print(a b)\n", 18),
        ("x = '\0'\n", 18),
        # Newer Pythons, Python 2, templates.
        ("def more[T](x): pass\n", None),
        ("x = f'{a['b']}'\n", None),
        ("print 'more'\n", None),
        ("x = 0777\n", None),
        ("{% if x %}\nx = (\n", None),
        ("x = f'{a['b' (']}'\n", None),
        ("if x:\n\ty = 1\n        z = 2\n", None),
        ("some words of the time to come\n", None),
    ],
)
def test_a_file_that_no_python_reads(text: str, line: int | None) -> None:
    found = told({THREE: revision(THIRD, SECOND) + text})

    assert [f.partition(" ")[0] for f in found] == ([f"{THREE}:{line}"] if line else [])
    assert told({THREE: revision(THIRD, SECOND) + "# More.\n" + text}, {**BASE, THREE: text}) == []


@pytest.mark.parametrize(
    ("there", "told_of"),
    [
        ("def upgarde():\n    pass", True),
        ("def downgrade():\n    pass", True),
        ("upgrade = make()", False),
        ("from shop.steps import upgrade", False),
        ("from shop.steps import *", False),
        ("globals()['upgrade'] = 1", False),
        ("if True:\n    def upgrade(): pass", False),
        ("async def upgrade():\n    pass", False),
    ],
)
def test_a_revision_without_an_upgrade(there: str, told_of: bool) -> None:
    text = f"make = print\nrevision = {THIRD!r}\ndown_revision = {SECOND!r}\n\n\n{there}\n"
    found = told({THREE: text})

    assert any("has no `upgrade()`" in line for line in found) is told_of
    if "upgarde" in there:
        assert found == [f"{THREE}:6 The revision has no `upgrade()`, but `upgarde()`."]


def of_django(head: Mapping[str, str | None], base: Mapping[str, str]) -> list[str]:
    found = worlds.findings({**worlds.START, **base}, head=head, rules=frozenset({RULE}))
    return [f"{f.place.path}:{f.place.line} {f.message}" for f in found]


def test_a_module_that_a_migration_of_djangos_imports_is_moved() -> None:
    old = migration("0002_total", operations=add("note")).replace(
        "\n\n\nclass", "\nimport orders.checks\n\n\nclass"
    )
    base = {path("0003_note"): old, "orders/checks.py": "", "orders/__init__.py": ""}
    head: dict[str, str | None] = {"orders/checks.py": None, "orders/tests.py": ""}

    assert of_django(head, base) == [
        f"{path('0003_note')}:2 It imports `orders.checks`, which goes with this pull request."
    ]
    assert of_django({**head, "orders/checks/__init__.py": ""}, base) == []


@pytest.mark.parametrize(
    ("operation", "told_of"),
    [
        (add("note", "models.TextField(default=timezone.now)"), True),
        (add("note", "models.TextField(default=lambda: timezone.now())"), False),
        (add("note", "models.TextField(default=str)"), False),
    ],
)
def test_names_of_a_migration_of_djangos_that_nothing_binds(operation: str, told_of: bool) -> None:
    found = of_django({path("0003_note"): migration("0002_total", operations=operation)}, {})

    name = "`timezone` is bound nowhere in this file."
    assert found == ([f"{path('0003_note')}:9 {name}"] if told_of else [])


def test_a_migration_of_djangos_that_no_python_reads() -> None:
    text = migration("0002_total", operations=add("note"))

    assert of_django({path("0003_note"): text + "x = (\n"}, {})
    assert of_django({path("_note"): text + "x = (\n"}, {}) == []
