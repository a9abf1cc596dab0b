"""
The rule table's part for SQLite against a real SQLite.

The variants of the PostgreSQL table that exist there are run by Django's own
schema editor on tables with rows. What is compared: whether other writers wait,
whether readers do, which tables are written anew, and whether statements of the
old and of the new models fail.

    python -m tests.oracles.measure_sqlite            prints the disagreements
    python -m tests.oracles.measure_sqlite --write    writes docs/measured-sqlite.md
"""

from __future__ import annotations

import functools
import re
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analyzers.config import Config
from analyzers.read.cache import MemoryCache
from analyzers.relate.facts import Facts
from analyzers.relate.locks import effects, new_code_fails, old_code_fails
from analyzers.trees import Comparison, MemoryTree
from analyzers.vocabulary import CreateTable, StateOnly
from tests.oracles.django_connection import models_with_tables, opened
from tests.oracles.measure import TABLES, django_ready, migration, source, works
from tests.oracles.measure_cases import BASE, CASES, Case
from tests.oracles.measured import all_measured, differing

PAGE = Path(__file__).parents[2] / "docs/measured-sqlite.md"

_ELSEWHERE = re.compile(
    r"RunSQL|postgres\.|GinIndex|NotValid|ValidateConstraint|Concurrently|RandomUUID|db_collation"
)
"""What only PostgreSQL has, or is written in its SQL."""

SQLITE_CASES = tuple(
    case for case in CASES if case.atomic and not _ELSEWHERE.search(case.operations + case.before)
)

ROWS = 400
FILL = (
    "INSERT INTO shop_author (name) SELECT 'author ' || value FROM generate_series_",
    "INSERT INTO shop_tag (name) SELECT 'tag ' || value FROM generate_series_",
    """INSERT INTO shop_item (title, code, note, qty, price, created, author_id)
       SELECT 'title ' || value, value, 'note ' || printf('%300d', value), value, 1.25, '2024-01-01', 1
       FROM generate_series_""",
)
_NUMBERS = (
    "CREATE TEMP TABLE generate_series_ AS WITH RECURSIVE n(value) AS"
    f" (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < {ROWS}) SELECT value FROM n"
)


@dataclass(frozen=True)
class SqliteCell:
    """What happens to a file whose tables stand already, and to statements of both versions."""

    writers_wait: bool = False
    readers_wait: bool = False
    rewrites: tuple[str, ...] = ()
    old_code_fails: bool = False
    new_code_fails: bool = False


def claimed(case: Case) -> SqliteCell:
    """The product's reading of *case*."""
    base = {
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": source(BASE),
        "shop/migrations/0002_before.py": source(case.before, '("shop", "0001_initial")'),
    }
    new = {
        "shop/migrations/0003_case.py": source(case.operations, '("shop", "0002_before")'),
    }
    before, after = MemoryTree(base), MemoryTree({**base, **new})
    comparison = Comparison(merge_base=before, base=before, head=after, merged=after)
    facts = Facts(comparison, Config(database="sqlite"), MemoryCache())
    writers = readers = old = fresh = False
    rewrites = set()
    for step in facts.steps:
        if isinstance(step.change, StateOnly):
            continue
        own = step.writes_defaults
        fresh = fresh or new_code_fails(step.change, step.table_before, writes_defaults=own)
        if step.created_by is None:
            old = old or old_code_fails(
                step.change, step.table_before, writes_defaults=own, makes_times=step.makes_times
            )
        if isinstance(step.change, CreateTable):
            writers = True  # one writer for the whole file, whichever table it is about
        for effect in effects(step.change, step.table_before, step.database):
            writers, readers = writers or effect.blocks_writes, readers or effect.blocks_reads
            if effect.rewrites and effect.table in TABLES and step.created_by is None:
                rewrites.add(effect.table)
    return SqliteCell(writers, readers, tuple(sorted(rewrites)), old, fresh)


@functools.cache
def template() -> tuple[Path, Any]:
    """A file with the base tables and rows, and the state of its models."""
    from django.db.migrations.state import ProjectState

    django_ready()
    file = Path(tempfile.mkdtemp(prefix="measure-sqlite-")) / "template.sqlite"
    state = ProjectState()
    with closing(connection_to(file)) as connection, connection.schema_editor() as editor:
        state = migration(source(BASE), "0001_initial").apply(state, editor)
    with closing(sqlite3.connect(file)) as filling, filling:
        for statement in (_NUMBERS, *FILL):
            filling.execute(statement)
    return file, state


def connection_to(file: Path) -> Any:
    """Django's connection to *file*."""
    from django.db.backends.sqlite3.base import DatabaseWrapper

    return opened(DatabaseWrapper, ENGINE="django.db.backends.sqlite3", NAME=str(file))


def measured(case: Case) -> SqliteCell:
    """What really happens."""
    clean, state = template()
    file = clean.with_name("case.sqlite")
    shutil.copy(clean, file)
    with closing(connection_to(file)) as connection:
        if case.before:
            with connection.schema_editor() as editor:
                state = migration(source(case.before), "0002_before").apply(state.clone(), editor)
    with closing(sqlite3.connect(file)) as filling, filling:
        for statement in case.fill:
            filling.execute(statement)
    with closing(sqlite3.connect(file)) as filling:
        filling.execute("VACUUM")  # pages that nothing uses would not be written anew
    ran = migration(source(case.operations), "0003_case")
    after = state.clone()
    for operation in ran.operations:
        operation.state_forwards("shop", after)
    new = _fails(file, after)
    roots, pages = _roots(file), _pages(file)
    with closing(connection_to(file)) as connection, connection.schema_editor() as editor:
        ran.apply(state.clone(), editor)
        for statement in editor.deferred_sql:
            editor.execute(statement, None)
        editor.deferred_sql = []
        writers = _waits(file, "DELETE FROM shop_author WHERE 0")
        readers = _waits(file, "SELECT count(*) FROM shop_author")
    stand = _roots(file)
    moved = {table for table, root in stand.items() if roots.get(table, root) != root}
    there = _pages(file)
    # Rows that are written anew in their place: most of the file's pages are of shop_item.
    if sum(a != b for a, b in zip(pages, there, strict=False)) > len(pages) / 2:
        moved |= {"shop_item"} & stand.keys()
    old = _fails(file, state)
    return SqliteCell(writers, readers, tuple(sorted(moved & {*TABLES})), old, new)


def _roots(file: Path) -> dict[str, int]:
    """Where each table begins: another place is another table."""
    with closing(sqlite3.connect(file)) as reading:
        return dict(reading.execute("SELECT name, rootpage FROM sqlite_master WHERE type='table'"))


def _pages(file: Path) -> list[bytes]:
    content = file.read_bytes()
    return [content[at : at + 4096] for at in range(0, len(content), 4096)]


def _waits(file: Path, statement: str) -> bool:
    """Whether *statement* of another connection would have to wait."""
    with closing(sqlite3.connect(file, timeout=0)) as second:
        try:
            second.execute(statement)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            return True
    return False


def _fails(file: Path, state: Any) -> bool:
    """Whether statements of a program with the models of *state* fail."""
    models = models_with_tables(state)
    with closing(connection_to(file)) as connection:
        try:
            return any(not works(connection, model) for model in models)
        except (TypeError, ValueError):
            return True  # a value of the file is none of the field's


def differences(case: Case) -> list[str]:
    """Cells in which reading and measurement differ, in words."""
    return differing(claimed(case), measured(case))


def page(cells: Mapping[str, SqliteCell]) -> str:
    """The table as a page of the documentation."""
    import django

    lines = [
        "# What operations do on SQLite",
        "",
        f"Measured on SQLite {sqlite3.sqlite_version} with Django {django.get_version()}, journal mode `delete`: each",
        f"operation is run by Django's schema editor on a file with {ROWS} rows a table; a table is written anew where it",
        "begins in another place afterwards, or where most of the file's pages have changed; a second connection tries to",
        "write and to read before the transaction ends. SQLite has one writer at a time for the whole file; readers wait",
        "only while a commit, or a transaction larger than the page cache, is written out.",
        "The rules claim the same in every cell; `python -m tests.oracles.measure_sqlite` compares.",
        "",
        "| operation | other writers | readers | written anew | old code on the new schema | new code on the old schema |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, seen in cells.items():
        lines.append(
            f"| {name} | {'wait' if seen.writers_wait else '-'} | {'wait' if seen.readers_wait else '-'}"
            f" | {', '.join(f'`{t}`' for t in seen.rewrites) or '-'}"
            f" | {'fails' if seen.old_code_fails else 'works'}"
            f" | {'fails' if seen.new_code_fails else 'works'} |"
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure everything; 1 where a cell differs."""
    cells, bad = all_measured(SQLITE_CASES, claimed, measured)
    count = len(cells) * len(SqliteCell.__dataclass_fields__)
    print(f"{len(cells)} variants, {count} cells, {bad} differ")
    if "--write" in sys.argv:
        PAGE.write_text(page(cells))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
