"""Files among the migrations at which every command stops."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script.revision import RevisionError
from alembic.util import CommandError

from analyzers.config import Config, DjangoConfig
from analyzers.findings import Severity
from analyzers.read.sources import CONFLICT_MARKERS, Unparsed, parse
from tests.support import alembic_trees
from tests.support.worlds import CREATE, START, add, changed, findings, migration, path, said

RULE = "migration-does-not-load"
NOTE = migration("0002_total", operations=add("note"))
TAX = migration("0002_total", operations=add("tax"))


def both_sides(ours: str, theirs: str) -> str:
    return f"<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> tax\n"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("helpers", "def total(apps, schema_editor):\n    pass\n", True),
        ("tests", "", True),
        ("0003_note", NOTE.replace("class Migration(", "class Note("), True),
        ("_helpers", "def total(apps, schema_editor):\n    pass\n", False),
        ("0003_note.bak", "", False),
        ("0003_note", NOTE, False),
        ("0003_note", "from orders.made import note as Migration\n", False),
        ("0003_note", "from orders.made import *\n", False),
        ("0003_note", "globals()['Migr' + 'ation'] = make()\n", False),
        ("0003_note", "if True:\n    Migration = make()\n", False),
    ],
)
def test_a_module_without_a_migration(name: str, content: str, told: bool) -> None:
    found = findings(START, head={path(name): content}, rules=frozenset({RULE}))

    assert said(found) == ([(RULE, "error", name)] if told else [])


def test_where_the_base_has_such_a_module_django_does_not_load_the_folder() -> None:
    start = changed(START, {path("tools"): "def total():\n    pass\n"})

    assert findings(start, head={path("helpers"): ""}, rules=frozenset({RULE})) == []


def test_what_is_beside_the_folder_is_loaded_by_nobody() -> None:
    head = {"orders/migrations/tools/more.py": "", "orders/helpers.py": ""}

    assert findings(START, head=head, rules=frozenset({RULE})) == []


@pytest.mark.parametrize(
    "held",
    [
        "class Migration(models.Model):\n    mailbox = models.TextField()\n",
        "class Migration(TimeStamped):\n    def __str__(self):\n        return ''\n",
    ],
)
def test_an_app_that_is_called_a_migration_is_no_folder_of_them(held: str) -> None:
    """What is called ``Migration`` there is a model."""
    app = "mail/imap_migration"
    files: dict[str, str | None] = {
        f"{app}/__init__.py": "",
        f"{app}/models.py": f"from django.db import models\n\n\n{held}",
        f"{app}/views.py": "def show(request):\n    pass\n",
        f"{app}/migrations/__init__.py": "",
    }
    edited = {
        f"{app}/models.py": f"{files[f'{app}/models.py']}\n    def done(self):\n        pass\n"
    }

    told = {"migration-does-not-load", "committed-migration-edited"}

    assert findings(START, head=files, rules=frozenset(told)) == []
    assert findings(changed(START, files), head=edited, rules=frozenset(told)) == []


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (both_sides(NOTE, TAX), 1),
        (NOTE.replace("    operations", "<<<<<<< HEAD\n    operations", 1), 8),
        (NOTE + "=======\n", NOTE.count("\n") + 1),
        (NOTE + ">>>>>>> 3f9a1c0 (a note)\r\n", NOTE.count("\n") + 1),
    ],
)
def test_markers_of_a_merge_that_was_not_finished(content: str, line: int) -> None:
    (found,) = findings(START, head={path("0003_note"): content}, rules=frozenset({RULE}))

    assert (found.place.line, found.message) == (
        line,
        "Git's conflict markers are left in this file.",
    )


@pytest.mark.parametrize(
    "content",
    [
        NOTE + '"""\n' + both_sides(NOTE, TAX) + '"""\n',
        NOTE + '"""\nNote\n=======\n"""\nnote = 1 2\n',
        NOTE + "note ======= 1\n",
    ],
)
def test_what_looks_like_a_marker_is_none(content: str) -> None:
    parsed = parse(content.encode())

    assert not isinstance(parsed, Unparsed) or parsed.reason != CONFLICT_MARKERS
    assert findings(START, head={path("0003_note"): content}, rules=frozenset({RULE})) == []


def test_alembic_stops_at_a_file_without_a_revision(tmp_path: Path) -> None:
    start = alembic_trees.files(one=alembic_trees.revision("3f9a1c07be52", None))
    head = {"migrations/versions/helpers.py": "def total():\n    pass\n"}

    (found,) = alembic_trees.findings(alembic_trees.compare(start, head=head), RULE)

    assert (found.place.path, found.severity) == (next(iter(head)), Severity.ERROR)
    with pytest.raises(CommandError, match="Could not determine revision id"):
        alembic_trees.heads({**start, **head}, tmp_path)


def test_markers_in_an_alembic_revision() -> None:
    one, two = (alembic_trees.revision(f"{n}f9a1c07be52", None) for n in (1, 2))
    start = alembic_trees.files(one=one)

    trees = alembic_trees.compare(start, head={"migrations/versions/two.py": both_sides(one, two)})
    (found,) = alembic_trees.findings(trees, RULE)

    assert (found.place.path, found.place.line) == ("migrations/versions/two.py", 1)


@pytest.mark.parametrize(
    ("added", "line"),
    [
        ('\nNAME = op.f("fk_note")\n', 11),
        ("\nbind: object = op.get_bind()\n", 11),
        ('\nTABLE = [op.f("note")] if HERE else []\n', None),
        ("\nTABLES = [op.f(name) for name in sa.NAMES]\n", None),
        ("\nBIND = HERE and op.get_bind()\n", None),
        ("\nwith suppress(NameError):\n    bind = op.get_bind()\n", None),
        ("\nclass Note:\n    bind = op.get_bind()\n", 12),
        ("\nfrom alembic import context\nASKED = context.get_x_argument()\n", 12),
        ("\ndef name():\n    return op.f('fk_note')\n", None),
        ("\nname = lambda: op.f('fk_note')\n", None),
        ("\ntry:\n    bind = op.get_bind()\nexcept NameError:\n    bind = None\n", None),
        ("\nif __name__ == '__main__':\n    op.get_bind()\n", None),
        ("\nmake = op.create_table\n", None),
    ],
)
def test_operations_called_as_the_file_is_loaded(added: str, line: int | None) -> None:
    plain = alembic_trees.revision("88d0e2b7a614", None)
    tree = alembic_trees.files(
        one=plain.replace("\n\n\ndef upgrade", f"\n{added}\n\ndef upgrade", 1)
    )
    found = alembic_trees.findings(alembic_trees.compare({}, head=tree), RULE)

    assert [f.place.line for f in found] == ([line] if line is not None else [])
    assert alembic_trees.findings(alembic_trees.compare(tree, head=tree), RULE) == []


def test_alembic_stops_at_an_operation_that_is_called_as_the_file_is_loaded(
    tmp_path: Path,
) -> None:
    text = alembic_trees.revision("88d0e2b7a614", None)
    text = text.replace("\n\n\ndef", "\nNAME = op.f('x')\n\n\ndef", 1)
    alembic_trees.write(alembic_trees.files(one=text), tmp_path)
    # In a process of its own: another test may have left operations behind.
    command = [sys.executable, "-m", "alembic", "heads"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "NameError: Can't invoke function 'f'" in run.stderr


def test_what_was_called_so_on_the_base_is_not_told_of_who_edits_the_file() -> None:
    text = alembic_trees.revision("88d0e2b7a614", None).replace(
        "\n\n\ndef", "\nX = op.f('x')\n\n\ndef", 1
    )
    start = alembic_trees.files(one=text)
    head = {"migrations/versions/one.py": text.replace("pass", "op.drop_table('notes')", 1)}

    assert alembic_trees.findings(alembic_trees.compare(start, head=head), RULE) == []


LONG = "2026_11_23_orders_get_a_note_of_their_own"
IDS = [
    ("note-1", "has a `-` in it"),
    ("a+1", "has a `+` in it"),
    ("plug@1", "has a `@` in it"),
    (LONG, "has 41 characters"),
    (LONG[:32], None),
    ("note_1", None),
]


@pytest.mark.parametrize(("name", "told"), IDS)
def test_an_id_that_alembic_cannot_take(name: str, told: str | None, tmp_path: Path) -> None:
    """Or that its table of versions cannot: SQLite alone does not look at the length."""
    one = alembic_trees.revision("3f9a1c07be52", None)
    two = {"migrations/versions/two.py": alembic_trees.revision(name, "3f9a1c07be52")}

    def messages(start: dict[str, str]) -> list[str]:
        both = alembic_trees.compare(start, head=two)
        return [f.message for f in alembic_trees.findings(both, RULE)]

    start = alembic_trees.files(one=one)
    assert messages(start) == ([f"The revision id `{name}` {told}."] if told else [])
    longer = told is not None and "characters" in told
    if told is not None and not longer:
        with pytest.raises(RevisionError, match="not allowed in revision identifier"):
            alembic_trees.heads({**start, **two}, tmp_path)
    elif longer:
        lite = {**start, "alembic.ini": start["alembic.ini"].replace("postgresql", "sqlite")}
        wider = 'op.execute("ALTER TABLE alembic_version ALTER COLUMN version_num TYPE text")'
        made = alembic_trees.files(one=alembic_trees.revision("3f9a1c07be52", None, wider))
        earlier = alembic_trees.files(one=one.replace("3f9a1c07be52", f"{LONG}_first"), more=one)
        assert not messages(lite)
        assert not messages(made)
        assert not messages(earlier)


def test_a_revision_that_moves_with_its_directory_keeps_its_id() -> None:
    start = alembic_trees.files(one=alembic_trees.revision(LONG, None))
    moved = {name.replace("migrations/", "db/"): text for name, text in start.items()}
    moved["alembic.ini"] = start["alembic.ini"].replace("migrations", "db")
    head = {**dict.fromkeys(start, None), **moved}
    assert not alembic_trees.findings(alembic_trees.compare(start, head=head), RULE)


REPLACES = "    replaces = [{}]\n"
FIRST = migration(
    operations=CREATE, extra=REPLACES.format("('orders', '0001_initial'), ('orders', '0002_total')")
)
SECOND = migration(
    operations=CREATE, extra=REPLACES.format("('orders', '0001_squashed'), ('orders', '0003_note')")
)


@pytest.mark.parametrize(
    ("version", "gone", "told"),
    [
        ("5.2", {}, True),
        ("4.2", {path("0001_initial"): None, path("0002_total"): None}, True),
        # All of them have been applied everywhere: the squash is a migration like others.
        ("5.2", {path("0001_squashed"): migration(operations=CREATE)}, False),
        ("6.0", {}, False),
        (None, {}, False),
    ],
)
def test_a_squash_of_a_squash(version: str | None, gone: dict[str, str | None], told: bool) -> None:
    """Django before 6.0 takes squashes in the order of a set, and stops where the outer one comes first."""
    start = changed(
        START, {path("0001_squashed"): FIRST, path("0003_note"): migration("0001_squashed")}
    )
    config = Config(django=DjangoConfig(version=version))
    found = findings(
        changed(start, gone),
        head={path("0001_squashed_0003_note"): SECOND},
        rules=frozenset({RULE}),
        config=config,
    )

    assert said(found) == ([(RULE, "error", "0001_squashed_0003_note")] if told else [])


@pytest.mark.parametrize(
    ("dependencies", "more", "told"),
    [
        ('[["orders", "0002_total"]]', "", True),
        ('(["orders", "0002_total"],)', "", True),
        ('[("orders", "0002_total"), ["contenttypes", "__first__"]]', "", True),
        ('("orders", "0002_total")', "", True),
        ('[("orders" "0002_total")]', "", True),
        ('["orders.0002_total"]', "", True),
        ('[("orders", "0002_total", "now")]', "", True),
        ('[("orders", "0002_total")],', "", True),
        ('[("orders", "0002_total")]', 'run_before = [["orders", "0001_initial"]]', True),
        ('[("orders", "0002_total")]', 'replaces = [["orders", "0002_total"]]', True),
        ('[["orders", "__first__"], ("orders", "0002_total")]', "", False),
        ('(("orders", "0002_total"),)', "", False),
        ('[("orders", "0002_total")]', 'replaces = ("orders", "0002_total")', False),
        ('[migrations.swappable_dependency("orders.Order"), ("orders", "0002_total")]', "", False),
    ],
)
def test_a_migration_is_named_by_a_tuple_of_two(
    dependencies: str, more: str, told: bool, tmp_path: Path
) -> None:
    """What Django's own loader says of each."""
    written = '[\n        ("orders", "0002_total"),\n    ]'
    assert written in NOTE
    content = NOTE.replace(written, f"{dependencies}\n    {more}")
    head = {path("0003_note"): content}

    found = findings(START, head=head, rules=frozenset({RULE}))

    assert said(found) == ([(RULE, "error", "0003_note")] if told else [])
    for name, text in changed(START, head).items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "orders/__init__.py").touch()
    (tmp_path / "orders/migrations/__init__.py").touch()
    load = (
        "import django\nfrom django.conf import settings\n"
        "settings.configure(INSTALLED_APPS=['django.contrib.contenttypes', 'orders'])\ndjango.setup()\n"
        "from django.db.migrations.loader import MigrationLoader\nMigrationLoader(None)\n"
    )
    ran = subprocess.run([sys.executable, "-c", load], cwd=tmp_path, capture_output=True, text=True)
    assert (ran.returncode != 0) is told, ran.stderr
