"""
A real MariaDB for the measurements that are commands: the server comes from the system.

Debian: ``apt-get install --no-install-recommends mariadb-server-core``. It runs in a
temporary folder, on a socket, as whoever calls; ``root`` hands it to ``nobody``.
"""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

_numbers = itertools.count(1)
START = 30.0
"""Seconds in which the server must answer."""


class NoServer(Exception):
    """There is no ``mariadbd`` on this machine."""


def binary() -> str:
    """
    The server's program.

    Raises:
        NoServer: it is not installed.
    """
    found = shutil.which("mariadbd", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found is None:
        raise NoServer("mariadbd is not installed (Debian: mariadb-server-core)")
    return found


@cache
def server() -> str:
    """The socket of the server of this process, stopped and deleted at its end."""
    import pymysql

    program, folder = binary(), Path(tempfile.mkdtemp(prefix="twostep-mariadb-"))
    (folder / "data").mkdir()
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = {"user": "nobody", "group": "nogroup", "extra_groups": ()}
        for path in (folder, folder / "data"):
            shutil.chown(path, "nobody", "nogroup")
    common = (program, "--no-defaults", f"--datadir={folder / 'data'}")
    tables = next(Path("/usr/share").glob("m*/mysql_system_tables.sql"))
    subprocess.run(
        (*common, "--bootstrap"),
        input=b"CREATE DATABASE mysql;\nUSE mysql;\n" + tables.read_bytes(),
        check=True,
        capture_output=True,
        **user,
    )
    socket = folder / "socket"
    running = subprocess.Popen(
        (
            *common,
            f"--socket={socket}",
            "--skip-networking",
            "--skip-grant-tables",
            "--innodb-flush-log-at-trx-commit=0",
        ),
        stdout=subprocess.DEVNULL,
        stderr=(folder / "log").open("wb"),
        **user,
    )

    def stop() -> None:
        running.terminate()
        running.wait(60)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    end = time.monotonic() + START
    while True:
        try:
            pymysql.connect(unix_socket=str(socket), user="root").close()
        except pymysql.OperationalError:
            if time.monotonic() > end or running.poll() is not None:
                raise
            time.sleep(0.05)
        else:
            return str(socket)


def connect(database: str | None = None) -> Any:
    """A connection of the driver's own, every statement a transaction."""
    import pymysql

    return pymysql.connect(
        unix_socket=server(), user="root", database=database, autocommit=True, charset="utf8mb4"
    )


@contextmanager
def fresh_database() -> Iterator[str]:
    """The name of a new database, dropped afterwards."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with connect() as admin, admin.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    try:
        yield name
    finally:
        with connect() as admin, admin.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
