"""
What a second connection sees while statements of a migration run on MariaDB.

Metadata locks, tables made anew, pages that are asked for: see the page that
``tests/oracles/measure_mariadb.py`` writes.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.oracles.measure import TABLES
from tests.support import mariadb

WAYS = ("INSTANT", "NOCOPY", "INPLACE", "COPY")
"""What ``ALGORITHM=`` takes, cheapest first."""


def dearest(one: str | None, other: str) -> str:
    """Of two ways the one that costs more."""
    order = ("-", *WAYS)
    return other if one is None or order.index(other) > order.index(one) else one


@dataclass
class Watch:
    """A second connection at every table, while statements of the migration run."""

    database: str
    thread_id: int
    queues: set[str] = field(default_factory=set)
    reads_wait: set[str] = field(default_factory=set)
    writes_wait: set[str] = field(default_factory=set)

    @contextmanager
    def over(self, tables: Mapping[str, str]) -> Iterator[None]:
        """Watch a statement: *tables* are names as they are now, with those of before."""
        done = threading.Event()
        ready = threading.Event()
        watcher = threading.Thread(target=self._look, args=(tables, ready, done))
        watcher.start()
        ready.wait(10)
        try:
            yield
        finally:
            done.set()
            watcher.join()

    def _look(
        self, tables: Mapping[str, str], ready: threading.Event, done: threading.Event
    ) -> None:
        reading = {table: mariadb.connect(self.database) for table in tables}
        second = mariadb.connect(self.database)
        seen: dict[tuple[str, str], list[bool]] = {}
        try:
            with second.cursor() as cursor:
                cursor.execute("SET SESSION lock_wait_timeout = 0, innodb_lock_wait_timeout = 1")
                for table, held in reading.items():
                    held.begin()
                    held.cursor().execute(READ.format(table))
                ready.set()
                while not done.wait(0.001):
                    state = self._state(cursor)
                    if "metadata lock" in state:
                        for table in tuple(reading):
                            if _stops(cursor, READ.format(table)):
                                self.queues.add(tables[table])
                                reading.pop(table).close()
                    elif state in AT_WORK:
                        for kind, statement in (("reads", READ), ("writes", WRITE)):
                            for table in tables:
                                waits = _stops(cursor, statement.format(table))
                                if waits is not None and self._state(cursor) == state:
                                    seen.setdefault((kind, table), []).append(waits)
        finally:
            ready.set()
            for held in (*reading.values(), second):
                held.close()
        for (kind, table), answers in seen.items():
            if len(answers) >= 3 and sum(answers) > len(answers) * 0.7:
                (self.reads_wait if kind == "reads" else self.writes_wait).add(tables[table])

    def _state(self, cursor: Any) -> str:
        """What the server says that the migration's connection is doing."""
        cursor.execute(
            "SELECT state FROM information_schema.processlist WHERE id = %s", [self.thread_id]
        )
        row = cursor.fetchone()
        return (row[0] if row is not None else None) or ""


def _stops(cursor: Any, statement: str) -> bool | None:
    """Whether *statement* has to wait; None where its table is not there at the moment."""
    import pymysql

    try:
        cursor.execute(statement)
    except pymysql.OperationalError as error:
        if error.args[0] == 1205:
            return True
        raise
    except pymysql.ProgrammingError as error:
        if error.args[0] == 1146:
            return None
        raise
    return False


AT_WORK = frozenset({"altering table", "copy to tmp table"})
"""What the server calls the part of an ALTER TABLE that lasts longer the more rows there are."""

READ = "SELECT 1 FROM `{}` LIMIT 1"
WRITE = "DELETE FROM `{}` WHERE false"

_STATEMENT = re.compile(
    r"^\s*(?P<verb>CREATE TABLE|ALTER TABLE|RENAME TABLE|DROP TABLE|CREATE (?:UNIQUE )?INDEX \S+ ON|DROP INDEX \S+ ON)"
    r"\s+(?:IF EXISTS\s+)?`?(?P<table>\w+)`?",
    re.IGNORECASE,
)
_RENAMED = re.compile(r"(?:^RENAME TABLE `?\w+`? TO|\bRENAME TO) `?(\w+)`?", re.IGNORECASE)


class Seen:
    """What is seen of each statement of a migration."""

    def __init__(self, database: str, connection: Any) -> None:
        self.database = database
        self.second = mariadb.connect(database)
        self.called = {name: name for name in self._ids() if name in TABLES}
        self.ways: dict[str, str] = {}
        self.rewrites: set[str] = set()
        self.scans: set[str] = set()
        with connection.cursor() as cursor:
            cursor.execute("SELECT CONNECTION_ID()")
            self.watch = Watch(database, cursor.fetchone()[0])

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        """Django's wrapper around every statement."""
        found = _STATEMENT.match(sql)
        if found is None:
            return execute(sql, params, many, context)
        table = self.called.get(found["table"])
        if table is None:  # a table that the migration makes: others may wait for it
            with self.watch.over(self.called):
                return execute(sql, params, many, context)
        self._rest()
        ids, pages = self._ids(), self._pages(found["table"])
        asked = self._asked()
        with self.watch.over(self.called):
            way, lock, result = self._cheapest(execute, found["verb"].upper(), sql, params, context)
        read = self._asked() - asked
        self.ways[table] = dearest(self.ways.get(table), way)
        if lock != "NONE":
            self.watch.writes_wait.add(table)
        if renamed := _RENAMED.search(sql):
            del self.called[found["table"]]
            self.called[renamed[1]] = table
        now = self._ids()
        for name, original in tuple(self.called.items()):
            if name not in now:
                del self.called[name]
            elif now[name] != ids.get(name, now[name]):
                self.rewrites.add(original)
        # What the server does beside it asks for a few hundred pages.
        # To drop an index is to free its pages, one after the other, and to read none.
        drops = re.search(r"\bDROP (INDEX|CONSTRAINT|COLUMN)\b", sql, re.IGNORECASE)
        if way not in {"-", "INSTANT"} and not drops and read > 1.5 * pages:
            self.scans.add(table)
        return result

    def _cheapest(
        self, execute: Callable[..., Any], verb: str, sql: str, params: Any, context: Any
    ) -> tuple[str, str, Any]:
        import django.db

        own = _RENAMED.search(sql) or re.search(r"ALGORITHM\s*=", sql, re.I)
        if verb in {"RENAME TABLE", "DROP TABLE"} or own:
            return "-", "NONE", execute(sql, params, False, context)
        if verb.startswith("DROP INDEX"):  # which is this, and takes no ALGORITHM
            sql = re.sub(r"^\s*DROP INDEX (\S+) ON (\S+)", r"ALTER TABLE \2 DROP INDEX \1", sql)
            verb = "ALTER TABLE"
        comma = ", " if verb == "ALTER TABLE" else " "
        for way in WAYS:
            for lock in ("NONE", "SHARED", "EXCLUSIVE"):
                asked = f"{sql.rstrip(';')}{comma}ALGORITHM={way}{comma}LOCK={lock}"
                try:
                    result = execute(asked, params, False, context)
                except django.db.Error as error:
                    if error.args[0] not in {1845, 1846}:
                        raise
                else:
                    return way, lock, result
        return "-", "NONE", execute(sql, params, False, context)

    def _ids(self) -> dict[str, int]:
        """The number of every table: one that is made anew has another."""
        with self.second.cursor() as cursor:
            cursor.execute(
                "SELECT SUBSTRING_INDEX(name, '/', -1), table_id FROM information_schema.innodb_sys_tables"
                " WHERE name LIKE %s",
                [f"{self.database}/%"],
            )
            return dict(cursor.fetchall())

    def _pages(self, table: str) -> int:
        """How many pages a table's rows take."""
        with self.second.cursor() as cursor:
            cursor.execute(
                "SELECT data_length DIV @@innodb_page_size FROM information_schema.tables"
                " WHERE table_schema = %s AND table_name = %s",
                [self.database, table],
            )
            return int(cursor.fetchone()[0])

    def _asked(self) -> int:
        """Pages that anybody has asked for since the server's start."""
        return self._status("Innodb_buffer_pool_read_requests")

    def _rest(self) -> None:
        """Wait until the server has cleaned up behind the last statement."""
        end = time.monotonic() + 10
        quiet = 0
        while quiet < 3 and time.monotonic() < end:
            before = self._asked()
            time.sleep(0.02)
            quiet = quiet + 1 if self._asked() == before else 0

    def _status(self, name: str) -> int:
        with self.second.cursor() as cursor:
            cursor.execute("SHOW GLOBAL STATUS LIKE %s", [name])
            return int(cursor.fetchone()[1])

    def close(self) -> None:
        self.second.close()
