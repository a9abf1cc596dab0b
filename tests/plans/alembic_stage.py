"""
Plays the split of Alembic revisions: programs run while Alembic migrates and versions are deployed.

A program knows tables and columns; it reads, inserts, updates and deletes without
pause, in a thread of its own, and keeps each statement that fails.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from psycopg import sql

from analyzers.results import SplitStep
from tests.support import postgres

OVERLAP = 0.15
"""Seconds that two versions run side by side."""

ENV = """from alembic import context

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
"""

Program = Mapping[str, Mapping[str, str]]
"""Tables, their columns without the key, and the SQL of what is written; ``{n}`` counts."""


@dataclass
class Played:
    """What happened."""

    failures: list[str] = field(default_factory=list)
    statements: int = 0
    migrated: int = 0


@dataclass
class Running:
    """A version of the program, from its deployment to its end."""

    database: str
    program: Program
    name: str
    played: Played
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def start(self) -> None:
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def end(self) -> None:
        self.stop.set()
        assert self.thread is not None
        self.thread.join()

    def run(self) -> None:
        with psycopg.connect(postgres.uri(self.database), autocommit=True) as connection:
            # A statement that waits longer than this is an outage like any other.
            connection.execute("SET lock_timeout = '2s'")
            turn = 0
            while turn < 8 or not self.stop.is_set():
                turn += 1
                for statement in statements(self.program, turn + int(time.monotonic() * 1000)):
                    self.played.statements += 1
                    try:
                        # Plans that were made for the old schema are the driver's matter.
                        connection.execute(statement, prepare=False)
                    except psycopg.Error as error:
                        line = f"{self.name}: {str(error).splitlines()[0]}"
                        if line not in self.played.failures:
                            self.played.failures.append(line)
                self.stop.wait(0.002)


def statements(program: Program, serial: int) -> list[sql.Composed]:
    """What the program does in one round."""
    found = []
    for table, written in program.items():
        values = {name: sql.SQL(text.replace("{n}", str(serial))) for name, text in written.items()}
        name, columns = sql.Identifier(table), [sql.Identifier(c) for c in values]
        listed = sql.SQL(", ").join([sql.Identifier("id"), *columns])
        sets = sql.SQL(", ").join(
            sql.SQL("{} = {}").format(c, v) for c, v in zip(columns, values.values(), strict=True)
        )
        found += [
            sql.SQL("SELECT {} FROM {} ORDER BY id LIMIT 5").format(listed, name),
            sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                name, sql.SQL(", ").join(columns), sql.SQL(", ").join(values.values())
            ),
            sql.SQL("UPDATE {} SET {} WHERE id = (SELECT max(id) FROM {})").format(
                name, sets, name
            ),
            sql.SQL("DELETE FROM {} WHERE id = (SELECT max(id) FROM {}) AND id > 5100").format(
                name, name
            ),
        ]
    return found


def migrate(root: Path, database: str, files: Mapping[str, str]) -> None:
    """``alembic upgrade head`` with *files* in *root*."""
    for path, content in {**files, "migrations/env.py": ENV}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    engine = sa.create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(postgres.uri(database)),
        poolclass=sa.NullPool,
    )
    with engine.connect() as connection:
        config = Config()
        config.set_main_option("script_location", str(root / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def play(
    root: Path,
    database: str,
    base: Mapping[str, str],
    steps: Sequence[SplitStep],
    *,
    rows: Sequence[str],
    programs: Mapping[str, Program],
) -> Played:
    """
    Play *steps* from *base*. *programs* by kind of step: what runs ``before``, and
    from the deployment of the step of kind ``model`` or ``code`` on.
    """
    played, files = Played(), dict(base)
    migrate(root, database, files)
    with psycopg.connect(postgres.uri(database), autocommit=True) as connection:
        for statement in rows:
            connection.execute(statement.encode())
    running = Running(database, programs["before"], "before", played)
    running.start()
    try:
        for step in steps:
            files |= step.files
            for action in step.after:
                if action == "migrate":
                    migrate(root, database, files)
                    played.migrated += len(step.files)
                elif action == "deploy" and step.kind in programs:
                    old, running = (
                        running,
                        Running(database, programs[step.kind], step.kind, played),
                    )
                    running.start()
                    time.sleep(OVERLAP)
                    old.end()
            time.sleep(0.05)
    finally:
        running.end()
    return played


SCHEMA = """
SELECT format('%s.%s %s%s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
              CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END, pg_get_expr(d.adbin, d.adrelid))
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'v') AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0
  AND NOT a.attisdropped AND c.relname <> 'alembic_version'
UNION ALL
SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
WHERE contype <> 'n' AND connamespace = 'public'::regnamespace
UNION ALL
SELECT regexp_replace(indexdef, 'INDEX \\S+ ON', 'INDEX ON') FROM pg_indexes
WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""


def schema(database: str) -> list[str]:
    """Columns, constraints and indexes of *database*; names of the last two and the order do not count."""
    with psycopg.connect(postgres.uri(database)) as connection:
        rows = connection.execute(SCHEMA).fetchall()
    return sorted(row[0].strip() for row in rows if "alembic_version" not in row[0])
