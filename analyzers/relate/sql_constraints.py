"""Constraints that only the SQL of migrations has made, and those that nobody has validated yet."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from analyzers.read.cache import Cache
from analyzers.read.django.migrations import Content
from analyzers.read.sql import read_sql
from analyzers.read.values import Call, Value
from analyzers.relate.django_state import argument
from analyzers.vocabulary import (
    AddConstraint,
    Constraint,
    DropConstraint,
    Key,
    Migration,
    SchemaChange,
    Table,
    ValidateConstraint,
)

CONSTRAINTS = "sql-constraints-1"
_NAMED_CONSTRAINT = re.compile(r"\b(?:add|validate|drop)\s+constraint\b", re.IGNORECASE)
"""Which SQL is worth its parser; more than these say nothing of a constraint that has a name."""

_TOLD = frozenset({"RunSQL", "SeparateDatabaseAndState"})
"""Operations of Django's own that may hold SQL: what others of its own do need not be read for it."""


class SqlConstraints:
    """Constraints that only SQL has made: a NOT NULL may lean on a validated check."""

    def __init__(
        self,
        migrations: Sequence[tuple[Migration, str]],
        new: frozenset[Key],
        database: str,
        cache: Cache,
    ) -> None:
        self._cache = cache
        self.made: dict[str, dict[str, Constraint]] = {}
        self._database = database
        self._read: set[str] = set()
        self._unchecked: set[str] = set()
        """Names of constraints of Django's that rows may break: added NOT VALID, and not validated."""
        self._texts = []
        for migration, _ in migrations:
            names = migration.operation_names
            if migration.key in new or not (names is None or _TOLD & names):
                continue
            for operation in (
                migration.content.operations if isinstance(migration.content, Content) else ()
            ):
                self._mark(operation.call)
                self._texts += [
                    (text, operation.place)
                    for text in _sql_texts(operation.call)
                    if _NAMED_CONSTRAINT.search(text)
                ]

    def _mark(self, call: Value) -> None:
        """Note what an operation of Django's adds NOT VALID, and what it validates."""
        match call:
            case Call(func=func) if func.endswith(".AddConstraintNotValid"):
                made = argument(call, "constraint", 1)
                name = made.get("name") if isinstance(made, Call) else None
                if isinstance(name, str):
                    self._unchecked.add(name)
            case Call(func=func) if func.endswith(".ValidateConstraint"):
                self._unchecked -= {n for n in (argument(call, "name", 1),) if isinstance(n, str)}
            case _:
                pass

    def _look(self, table: str) -> None:
        """Play the committed SQL that speaks of *table*; a parser of SQL is slow to start."""
        if table in self._read:
            return
        self._read.add(table)
        speaks = re.compile(rf"\b{re.escape(table)}\b").search
        texts = [(text, place) for text, place in self._texts if speaks(text)]
        if not texts:
            return
        key = hashlib.sha256(repr((table, self._database, texts)).encode()).hexdigest()
        kept: dict[str, Constraint] | None = self._cache.get(CONSTRAINTS, key)
        if kept is None:
            for text, place in texts:
                for change in read_sql(text, place, self._database):
                    if change.table == table:
                        self.play(change)
            kept = self.made.get(table, {})
            self._cache.put(CONSTRAINTS, key, dict(kept))
        self.made[table] = dict(kept)

    def play(self, change: SchemaChange) -> None:
        match change:
            case AddConstraint(table=str(table), constraint=Constraint(name=str(name)) as made):
                self.made.setdefault(table, {})[name] = made
                if not made.validated:
                    self._unchecked.add(name)
            case ValidateConstraint(table=str(table), name=name):
                self._unchecked.discard(name)
                known = self.made.get(table, {}).get(name)
                if known is not None:
                    self.made[table][name] = replace(known, validated=True)
            case DropConstraint(table=str(table), constraint=Constraint(name=str(name))):
                self.made.get(table, {}).pop(name, None)
            case _:
                pass

    def on(self, table: Table) -> Table:
        """*table* with the constraints that SQL has given it, each as far as rows are known to obey it."""
        self._look(table.name)
        if any(c.name in self._unchecked for c in table.constraints):
            own = (replace(c, validated=c.name not in self._unchecked) for c in table.constraints)
            table = replace(table, constraints=tuple(own))
        extra = tuple(
            c
            for name, c in sorted(self.made.get(table.name, {}).items())
            if all(name != known.name for known in table.constraints)
        )
        return replace(table, constraints=(*table.constraints, *extra)) if extra else table


def _sql_texts(call: Value) -> Iterator[str]:
    """The SQL of a ``RunSQL``, inside of ``SeparateDatabaseAndState`` as well."""
    if not isinstance(call, Call):
        return
    name = call.func.rpartition(".")[2]
    if name == "RunSQL":
        yield from (sql for sql, _ in statements(argument(call, "sql", 0)))
    elif name == "SeparateDatabaseAndState":
        listed = argument(call, "database_operations", 0)
        for inner in listed if isinstance(listed, list | tuple) else ():
            yield from _sql_texts(inner)


def statements(value: Value) -> tuple[tuple[str, bool], ...]:
    """The texts of ``RunSQL``'s argument, and whether parameters are passed."""
    if isinstance(value, str):
        return ((value, False),)
    found: list[tuple[str, bool]] = []
    for item in value if isinstance(value, list | tuple) else ():
        match item:
            case str():
                found.append((item, False))
            case (str() as sql, *rest) | [str() as sql, *rest]:
                found.append((sql, bool(rest) and rest[0] is not None))
            case _:
                pass
    return tuple(found)
