"""
The database of the service: SQLite or PostgreSQL, opened and brought up to date.

On SQLite the queue has a file of its own: each file has one writer at a time,
and webhooks must not wait for reports.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql, sqlite

VERSION_TABLE = "twostep_alembic_version"

_LOCK = 7_402_113_005
"""Of PostgreSQL's advisory lock that lets one process migrate at a time."""


def open_database(url: str) -> sa.Engine:
    """
    An engine for *url*, with the product's tables at their newest shape.

    Any number of processes may start at once. The directory of a SQLite file
    is made where it is missing.

    Raises:
        UnknownShapeError: a newer version has been there.
    """
    engine = connect(url)
    try:
        with engine.begin() as connection:
            _bring_up_to_date(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _bring_up_to_date(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("schema")))
    config.attributes["connection"] = connection
    _known(config, connection)
    command.upgrade(config, "head")


class UnknownShapeError(Exception):
    """The database has tables of a version that this one does not know; the text is its name."""


def _known(config: Config, connection: sa.Connection) -> None:
    """See that the tables are of this version, or of one before it."""
    where = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    known = {each.revision for each in ScriptDirectory.from_config(config).walk_revisions()}
    if others := sorted({*where.get_current_heads()} - known):
        raise UnknownShapeError(", ".join(others))


def connect(url: str) -> sa.Engine:
    """An engine for *url* without any change of the tables."""
    if url.startswith("sqlite"):
        return _sqlite(url)
    # Pre-ping: after an outage of the database the pool's connections are dead.
    return sa.create_engine(
        url, pool_pre_ping=True, pool_size=8, max_overflow=8, connect_args={"connect_timeout": 5}
    )


def write_ahead(file: Path) -> None:
    """
    Make *file* a SQLite database with a write-ahead log; the mode stays in the file.

    Without it readers wait for writers: an answer to a webhook took up to four
    seconds while reviews ran.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(file, timeout=30)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def teach_subseconds() -> None:
    """
    Let every SQLite older than 3.42 that is opened from now on answer ``unixepoch('subsec')``.

    The queue's library asks it for that on Python 3.12 and newer, whichever SQLite
    is there; Debian 12 has 3.40, and would start no service.
    """
    if sqlite3.sqlite_version_info < (3, 42):
        sa.event.listen(sa.Engine, "connect", _with_subseconds)


def _with_subseconds(connection: object, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.create_function("unixepoch", 1, _unixepoch)


def _unixepoch(moment: object) -> float | None:
    """As the newer SQLite answers, for the one word that is asked."""
    return time.time() if moment == "subsec" else None


def now(engine: sa.Engine) -> sa.ColumnElement[float]:
    """The database's clock, in seconds since the epoch."""
    if engine.dialect.name == "sqlite":
        return sa.literal_column("((julianday('now') - 2440587.5) * 86400.0)", sa.Float())
    return sa.literal_column("extract(epoch from clock_timestamp())::float8", sa.Float())


def reader(engine: sa.Engine) -> sa.Engine:
    """*engine* for reading only: on SQLite its transactions wait for no writer."""
    return engine.execution_options(reads=True)


def insert(engine: sa.Engine, table: sa.Table) -> Any:
    """An INSERT that knows ON CONFLICT, in the dialect of *engine*."""
    if engine.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def _sqlite(url: str) -> sa.Engine:
    file = sa.make_url(url).database
    assert file, "a file, not a database in memory: processes share it"
    write_ahead(Path(file))
    engine = sa.create_engine(url)

    @sa.event.listens_for(engine, "connect")
    def _(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout=30000")
        # The driver begins transactions by itself, too late for a reader that
        # becomes a writer; "BEGIN IMMEDIATE" below takes the lock at once.
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def _(connection: sa.Connection) -> None:
        reads = connection.get_execution_options().get("reads")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine
