"""
What Alembic's batches do on SQLite, where they copy tables, and what becomes of foreign keys.

Each body is run by Alembic on a file with rows. What is compared with the rules:
which tables are written anew. What is shown besides: the rows of a table that refers to the one that is copied, with ``PRAGMA foreign_keys``
off (SQLite's default) and on.

    python -m tests.oracles.measure_alembic_sqlite            prints the disagreements
    python -m tests.oracles.measure_alembic_sqlite --write    writes docs/measured-alembic-sqlite.md
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import alembic
import sqlalchemy as sa
from alembic.migration import MigrationContext

from analyzers.config import Config
from analyzers.read.cache import MemoryCache
from analyzers.relate.facts import Facts
from analyzers.relate.locks import effects
from analyzers.trees import Comparison, MemoryTree
from tests.oracles.measure_alembic import source, upgrade
from tests.oracles.measure_sqlite import _pages, _roots

PAGE = Path(__file__).parents[2] / "docs/measured-alembic-sqlite.md"
ROWS = 2000
ON_DELETE = ("NO ACTION", "CASCADE", "SET NULL")

AUTHOR = """op.create_table(
    "author",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("name", sa.String(50), nullable=True),
)"""
ITEM = """op.create_table(
    "item",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("title", sa.Text(), nullable=True),
    sa.Column("other_id", sa.Integer(), nullable=True),
    sa.Column("author_id", sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(["author_id"], ["author.id"], name="item_author", ondelete="{on_delete}"),
)"""


def batch(table: str, call: str, more: str = "") -> str:
    return f'with op.batch_alter_table("{table}"{more}) as batch:\n    batch.{call}'


NEW = 'add_column(sa.Column("fresh", sa.Integer(), nullable=True))'
ALWAYS = ', recreate="always"'
CASES: Mapping[str, str] = {
    "add_column": f"op.{NEW.replace('(', chr(40) + chr(34) + 'item' + chr(34) + ', ', 1)}",
    "drop_column": 'op.drop_column("item", "title")',
    "rename_table": 'op.rename_table("item", "thing")',
    "create_index": 'op.create_index("ix_item_title", "item", ["title"])',
    "batch: add_column": batch("item", NEW),
    'batch: add_column, recreate="always"': batch("item", NEW, ALWAYS),
    'batch: add_column, recreate="never"': batch("item", NEW, ', recreate="never"'),
    'batch of a table that is referred to: add_column, recreate="always"': batch(
        "author", NEW, ALWAYS
    ),
    "batch of a table that is referred to: add_column": batch("author", NEW),
    "batch of a table that is referred to: alter_column to NOT NULL": batch(
        "author", 'alter_column("name", existing_type=sa.String(50), nullable=False)'
    ),
    "batch of a table that is referred to: alter_column, another type": batch(
        "author", 'alter_column("name", existing_type=sa.String(50), type_=sa.Text())'
    ),
    "batch of a table that is referred to: drop_column": batch("author", 'drop_column("name")'),
    "batch of a table that is referred to: alter_column, renamed": batch(
        "author", 'alter_column("name", new_column_name="title")'
    ),
    "alter_column, renamed": 'op.alter_column("item", "title", new_column_name="headline")',
    'batch: alter_column, renamed, recreate="never"': batch(
        "item", 'alter_column("title", new_column_name="headline")', ', recreate="never"'
    ),
    "batch: create_index": batch("item", 'create_index("ix_item_title", ["title"])'),
    "batch: create_foreign_key": batch(
        "item", 'create_foreign_key("item_other", "author", ["other_id"], ["id"])'
    ),
    "batch: drop_constraint, foreign key": batch(
        "item", 'drop_constraint("item_author", type_="foreignkey")'
    ),
    "batch: create_unique_constraint": batch(
        "item", 'create_unique_constraint("item_title", ["title"])'
    ),
}


def base(on_delete: str) -> str:
    return f"{AUTHOR}\n{ITEM.format(on_delete=on_delete)}"


def claimed(body: str) -> tuple[str, ...]:
    """The tables that *body* writes anew, as the product reads it."""
    before = {
        "alembic.ini": "[alembic]\nscript_location = migrations\n",
        "migrations/env.py": "from alembic import context\ncontext.run_migrations()\n",
        "migrations/versions/one.py": source("3f9a1c07be52", None, base("CASCADE")),
    }
    new = {"migrations/versions/two.py": source("88d0e2b7a614", "3f9a1c07be52", body)}
    one, two = MemoryTree(before), MemoryTree({**before, **new})
    comparison = Comparison(merge_base=one, base=one, head=two, merged=two)
    facts = Facts(comparison, Config(database="sqlite"), MemoryCache())
    found = [
        effect
        for step in facts.steps
        for effect in effects(step.change, step.table_before, "sqlite", django=False)
    ]
    return tuple(sorted({effect.table for effect in found if effect.rewrites}))


@contextmanager
def connected(file: Path, foreign_keys: bool) -> Iterator[sa.Connection]:
    engine = sa.create_engine(f"sqlite:///{file}", poolclass=sa.NullPool)
    with engine.connect() as connection:
        if foreign_keys:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute("PRAGMA foreign_keys = ON")
        yield connection


def prepared(folder: Path, on_delete: str) -> Path:
    """A file with both tables and their rows."""
    file = folder / f"{on_delete.replace(' ', '_')}.sqlite"
    with connected(file, foreign_keys=False) as connection:
        context = MigrationContext.configure(connection)
        with context.begin_transaction():
            upgrade(context, base(on_delete))
        connection.commit()
    numbers = f"WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < {ROWS})"
    with closing(sqlite3.connect(file)) as filling, filling:
        filling.execute(f"INSERT INTO author {numbers} SELECT v, 'author ' || v FROM n")
        filling.execute(f"INSERT INTO item {numbers} SELECT v, printf('%100d', v), v, v FROM n")
    with closing(sqlite3.connect(file)) as filling:
        filling.execute("VACUUM")
    return file


def measured(body: str, template: Path) -> tuple[str, ...]:
    """The tables that *body* writes anew."""
    file = template.with_name("case.sqlite")
    shutil.copy(template, file)
    roots, pages = _roots(file), _pages(file)
    with connected(file, foreign_keys=False) as connection:
        context = MigrationContext.configure(connection)
        with context.begin_transaction():
            upgrade(context, body)
        connection.commit()
    stand, there = _roots(file), _pages(file)
    moved = {table for table, root in stand.items() if roots.get(table, root) != root}
    if sum(a != b for a, b in zip(pages, there, strict=False)) > len(pages) / 2:
        moved.add("item")
    return tuple(sorted(moved & roots.keys()))


def referring(body: str, template: Path, *, foreign_keys: bool) -> str:
    """What becomes of the rows of `item`, in a word."""
    file = template.with_name("case.sqlite")
    shutil.copy(template, file)
    try:
        with connected(file, foreign_keys) as connection:
            context = MigrationContext.configure(connection)
            with context.begin_transaction():
                upgrade(context, body)
            connection.commit()
    except sa.exc.IntegrityError:
        return "fails"
    with closing(sqlite3.connect(file)) as reading:
        name = "thing" if "rename_table" in body else "item"
        count, kept = reading.execute(f"SELECT count(*), count(author_id) FROM {name}").fetchone()
    if count < ROWS:
        return "rows deleted"
    return "kept" if kept == ROWS else "set to NULL"


def main() -> int:
    """Measure everything; 1 where a cell differs."""
    bad, lines = 0, []
    with tempfile.TemporaryDirectory() as name:
        templates = {on_delete: prepared(Path(name), on_delete) for on_delete in ON_DELETE}
        for said, body in CASES.items():
            cell, ours = measured(body, templates["CASCADE"]), claimed(body)
            if cell != ours:
                bad += 1
                print(f"{said}: claimed {ours}, measured {cell}")
            rows = [referring(body, t, foreign_keys=True) for t in templates.values()]
            off = {referring(body, t, foreign_keys=False) for t in templates.values()}
            assert off == {"kept"}, off
            lines.append(
                f"| {said} | {', '.join(f'`{t}`' for t in cell) or '-'} | {' | '.join(rows)} |"
            )
    print(f"{len(CASES)} variants, {bad} differ")
    if "--write" in sys.argv:
        PAGE.write_text("\n".join([*head(), *lines]) + "\n")
    return 1 if bad else 0


def head() -> list[str]:
    return [
        "# What Alembic's batches do on SQLite",
        "",
        f"Measured on SQLite {sqlite3.sqlite_version} with Alembic {alembic.__version__}, {ROWS} rows a table: `item` has",
        "a foreign key to `author`. A batch copies its table wherever SQLite cannot alter it, and always with",
        '`recreate="always"`. With `PRAGMA foreign_keys` off, SQLite\'s default, all rows are kept in every case. With it on,',
        "dropping the old `author` deletes its rows first: the last three columns say what becomes of the rows of `item`,",
        "by the `ON DELETE` of their foreign key.",
        "The rules claim the same copies; whoever writes to the file waits for them.",
        "`python -m tests.oracles.measure_alembic_sqlite` compares.",
        "",
        "| operation | written anew | " + " | ".join(ON_DELETE) + " |",
        "| --- | --- | --- | --- | --- |",
    ]


if __name__ == "__main__":
    sys.exit(main())
