"""
What is measured of operations on tables in use, and what the product claims of them.

Both harnesses share it: the one for Django's operations and the one for Alembic's.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Protocol, TypeVar

import psycopg

from analyzers.relate.facts import Facts
from analyzers.relate.locks import effects, new_code_fails, old_code_fails
from analyzers.vocabulary import RenameTable, StateOnly
from tests.support import postgres

STRENGTH = (
    "ROW SHARE",
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
)


@dataclass(frozen=True)
class Cell:
    """What happens to tables that stand already, and to statements of both versions of the code."""

    locks: Mapping[str, str] = field(default_factory=dict)
    rewrites: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()
    reads_wait: tuple[str, ...] = ()
    writes_wait: tuple[str, ...] = ()
    old_code_fails: bool = False
    new_code_fails: bool = False


def cell(
    locks: Mapping[str, str], rewrites: set[str], scans: set[str], old: bool, new: bool
) -> Cell:
    """A cell with what waits, which follows from the locks."""
    exclusive = ("ACCESS EXCLUSIVE",)
    stopping = (*exclusive, "EXCLUSIVE", "SHARE ROW EXCLUSIVE", "SHARE")
    return Cell(
        locks=dict(sorted(locks.items())),
        rewrites=tuple(sorted(rewrites)),
        scans=tuple(sorted(scans)),
        reads_wait=tuple(sorted(t for t, m in locks.items() if m in exclusive)),
        writes_wait=tuple(sorted(t for t, m in locks.items() if m in stopping)),
        old_code_fails=old,
        new_code_fails=new,
    )


def differing(says: Any, is_so: Any) -> list[str]:
    """Parts in which claim and measurement, two cells of one kind, differ, in words."""
    return [
        f"{part.name}: claimed {getattr(says, part.name)}, measured {getattr(is_so, part.name)}"
        for part in fields(says)
        if getattr(says, part.name) != getattr(is_so, part.name)
    ]


class Named(Protocol):
    """A case as far as it is told of."""

    @property
    def name(self) -> str: ...


SomeCase = TypeVar("SomeCase", bound=Named)
SomeCell = TypeVar("SomeCell")


def all_measured(
    cases: Iterable[SomeCase],
    claimed: Callable[[SomeCase], SomeCell],
    measured: Callable[[SomeCase], SomeCell],
    known: Mapping[str, str] | None = None,
) -> tuple[dict[str, SomeCell], int]:
    """The measured cells of *cases*, and how many parts differ; each is printed, those with a *known* reason are not counted."""
    bad, cells = 0, {}
    for case in cases:
        try:
            cells[case.name] = measured(case)
        except Exception as error:  # noqa: BLE001 - a case that cannot be run is a difference
            words = str(error).splitlines() or [""]
            print(f"{case.name}: {type(error).__name__}: {words[0]}", flush=True)
            bad += 1
            continue
        for difference in differing(claimed(case), cells[case.name]):
            reason = (known or {}).get(case.name)
            bad += reason is None
            print(
                f"{case.name}: {difference}" + (f" (known: {reason})" if reason else ""), flush=True
            )
    return cells, bad


def claims(facts: Facts, tables: Collection[str]) -> Cell:
    """The product's reading of the new migrations: effects of all their changes together."""
    locks: dict[str, str] = {}
    rewrites, scans = set(), set()
    old = fresh = False
    called: dict[str, str] = {}
    for step in facts.steps:
        if isinstance(step.change, RenameTable) and step.change.table:
            called[step.change.new_name] = step.change.table
        if isinstance(step.change, StateOnly):
            continue
        fresh = fresh or new_code_fails(step.change, step.table_before)
        if step.created_by is None:
            old = old or old_code_fails(step.change, step.table_before)
        version = facts.config.database_version
        for effect in effects(step.change, step.table_before, step.database, version):
            own = effect.table == step.change.table
            # The measurement calls a table as it was called before.
            table = called.get(effect.table, effect.table)
            if table not in tables or (own and step.created_by is not None):
                continue
            known = locks.get(table)
            if known is None or STRENGTH.index(effect.mode) > STRENGTH.index(known):
                locks[table] = effect.mode
            if effect.rewrites:
                rewrites.add(table)
            if effect.scans and step.created_by is None:
                scans.add(table)
    return cell(locks, rewrites, scans, old, fresh)


@dataclass
class Seen:
    """What was seen of a transaction while it was open."""

    locks: dict[str, str] = field(default_factory=dict)
    rewrites: set[str] = field(default_factory=set)
    scans: set[str] = field(default_factory=set)

    def take(self, locks: Iterator[tuple[str, str]]) -> None:
        """Keep the strongest lock of each table."""
        for table, mode in locks:
            known = self.locks.get(table)
            if mode in STRENGTH and (known is None or STRENGTH.index(mode) > STRENGTH.index(known)):
                self.locks[table] = mode


NAMES = "SELECT oid::int, relname FROM pg_class WHERE relkind = 'r' AND relname = ANY(%s)"
FILES = "SELECT oid::int, pg_relation_filenode(oid)::int FROM pg_class WHERE oid = ANY(%s)"
SCANS = (
    "SELECT relid::int, coalesce(seq_tup_read, 0) FROM pg_stat_xact_all_tables"
    " WHERE relid = ANY(%s)"
)
LOCKS = """
SELECT relation, mode FROM pg_locks
WHERE pid = %s AND granted AND relation = ANY(%s) AND locktype = 'relation'
"""


def words(mode: str) -> str:
    """``AccessExclusiveLock`` as SQL spells it."""
    bare = mode.removesuffix("Lock")
    return "".join(f" {c}" if c.isupper() and n else c for n, c in enumerate(bare)).upper()


def waiting(database: str, seen: Seen) -> None:
    """
    A second connection tries: a lock's meaning is what it stops.

    Raises:
        AssertionError: a statement waits, or does not, against the lock's meaning.
    """
    expected = cell(seen.locks, set(), set(), False, False)
    with psycopg.connect(postgres.uri(database), autocommit=True) as second:
        second.execute("SET lock_timeout = '40ms'")
        for table in seen.locks:
            for statement, waits in (
                (f"SELECT 1 FROM {table} LIMIT 1", table in expected.reads_wait),
                (f"DELETE FROM {table} WHERE false", table in expected.writes_wait),
            ):
                try:
                    second.execute(statement)
                    waited = False
                except psycopg.errors.LockNotAvailable:
                    waited = True
                assert waited == waits, (statement, seen.locks)


@functools.cache
def server_version() -> str:
    """The version of the server that measures."""
    with psycopg.connect(postgres.uri()) as server:
        row = server.execute("SHOW server_version").fetchone()
    assert row is not None
    version: str = row[0].split()[0]
    return version


def rows(cells: Mapping[str, Cell]) -> list[str]:
    """The measured cells as lines of a page of the documentation."""
    lines = [
        "| operation | locks | rewrites | scans | old code on the new schema | new code on the old schema |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, seen in cells.items():
        locks = ", ".join(f"`{t}` {m}" for t, m in seen.locks.items()) or "none"
        lines.append(
            f"| {name} | {locks} | {', '.join(seen.rewrites) or '-'} | {', '.join(seen.scans) or '-'}"
            f" | {'fails' if seen.old_code_fails else 'works'}"
            f" | {'fails' if seen.new_code_fails else 'works'} |"
        )
    return lines
