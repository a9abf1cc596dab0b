"""Which enum types PostgreSQL has for certain before a new revision runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from analyzers import limits
from analyzers.read.drivers import no_driver_but_postgresqls
from analyzers.relate.facts import Facts, Step
from analyzers.relate.graph import MigrationGraph
from analyzers.relate.snapshot import Snapshot, counterpart
from analyzers.trees import Tree
from analyzers.vocabulary import (
    CreateTable,
    DropTable,
    Migration,
    RunCode,
    RunStatement,
    SchemaChange,
    UnknownChange,
)

_SPOKEN = re.compile(rb"postgresql|alter\s+type|create\s+type", re.IGNORECASE)
_TOLD_TO_MAKE = re.compile(
    rb"\.create\(|create\s+type|get_bind|(?<!\w)exec\(|recreate|copy_from|^[ \t]+(?!op\.)[\w.]+\(\)\s*$",
    re.IGNORECASE | re.MULTILINE,
)
"""What in a new revision may make a type, calls of functions that ask for nothing included."""
_TESTS = re.compile(r"(?:^|/)(?:tests?|conftest\.py|test_[^/]*)(?:/|$)")
_WORD = re.compile(rb"\w+")
_ENUM = re.compile(rb"enum|create\s+(?:type|domain)|\.create\(", re.IGNORECASE)
_MADE = re.compile(r"\s*CREATE\s+TYPE\s+(?:public\.)?\"?([\w$]+)\"?\s+AS\s+ENUM", re.IGNORECASE)
_ENDED = re.compile(
    r"\bDROP\s+(?:TYPE|SCHEMA|OWNED)\b|\bRENAME\s+TO\b|\bSET\s+SCHEMA\b|\.drop\(", re.IGNORECASE
)


def made_before(facts: Facts, step: Step, name: str) -> Migration | None:
    """
    The revision of the base that made the type *name*, which is still there when *step* runs.

    None where none has, or where the type may have gone since: dropped, renamed, or
    something done that cannot be read.
    """
    if step.database != "postgresql" or _schema(step.change):
        return None
    graph = facts.merged.alembic_graph_of(step.migration.key)
    if graph is None or not on_postgresql(facts.merged, graph):
        return None
    base = counterpart(facts.base, graph)
    if base is None:
        return None
    maker: Migration | None = None
    for key in base.order:
        migration = base.migrations[key]
        for change in _upgrade(facts.base, migration):
            if name in _makes(change):
                maker = migration
            elif _may_end(change, name):
                maker = None
    if maker is None:
        return None
    for other in facts.steps:
        if other is step:
            return maker
        if _may_end(other.change, name):
            return None
    return None


class NeverMade:
    """Which types PostgreSQL has not, by what revisions and other files say; each file is read once for all names."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._sure: dict[int, bool] = {}

    def __call__(self, step: Step, name: str) -> bool:
        """
        Whether PostgreSQL has no type *name* when *step* gives a column that type.

        Adding or changing a column makes no type, creating a table does. False where any revision,
        another file or something that cannot be read may have made it.
        """
        if step.database != "postgresql" or _schema(step.change):
            return False
        graph = self._facts.merged.alembic_graph_of(step.migration.key)
        if graph is None or not self._is_sure(graph):
            return False
        for other in self._facts.steps:
            if other is step:
                break
            if name in _makes(other.change) or _may_do_anything(other.change):
                return False
        return not self._may_be_made(name, graph)

    def _is_sure(self, graph: MigrationGraph) -> bool:
        """Whether the database is PostgreSQL, and no new revision may make a type in a way that is not seen."""
        if id(graph) not in self._sure:
            new = self._new(graph)
            tree = self._facts.merged.tree
            tree.prefetch(sorted(new))
            self._sure[id(graph)] = on_postgresql(self._facts.merged, graph) and not any(
                _TOLD_TO_MAKE.search(tree.read(path)) for path in new
            )
        return self._sure[id(graph)]

    def _new(self, graph: MigrationGraph) -> frozenset[str]:
        return frozenset(migration.path for migration in self._facts.added(graph))

    def _may_be_made(self, name: str, graph: MigrationGraph) -> bool:
        """Whether the word stands in a committed file that makes types, by whichever history, or all may be made."""
        spoken = name.encode("utf-8", "surrogatepass")
        if _WORD.fullmatch(spoken):
            new = self._new(graph)
            if any(path not in new for path in self._spoken.get(spoken.lower(), ())):
                return True
        else:
            word = re.compile(rb"(?<!\w)" + re.escape(spoken) + rb"(?!\w)", re.IGNORECASE)
            if any(
                word.search(self._facts.merged.tree.read(path))
                for path in self._making - self._new(graph)
            ):
                return True
        return self._makes_all

    @cached_property
    def _making(self) -> frozenset[str]:
        """The revisions, and the files of SQL beside them, that may make a type."""
        tree = self._facts.merged.tree
        # Several histories may lead to one database.
        graphs = self._facts.merged.alembic_graphs
        paths = {m.path for each in graphs for m in each.migrations.values()}
        paths |= set(_sql_files(tree))
        tree.prefetch(sorted(paths))
        return frozenset(path for path in paths if _ENUM.search(tree.read(path)))

    @cached_property
    def _spoken(self) -> dict[bytes, list[str]]:
        """The files that may make a type, by their words."""
        found: dict[bytes, list[str]] = {}
        for path in sorted(self._making):
            for word in set(_WORD.findall(self._facts.merged.tree.read(path).lower())):
                found.setdefault(word, []).append(path)
        return found

    @cached_property
    def _makes_all(self) -> bool:
        """Whether the program may make what its models say beside the migrations, types included."""
        tree = self._facts.merged.tree
        paths = [p for p in tree.paths() if p.endswith(".py") and not _TESTS.search(p)]
        if len(paths) > limits.FILES:
            return True
        tree.prefetch(paths)
        return any(b"create_all" in tree.read(path) for path in paths)


def _may_do_anything(change: SchemaChange) -> bool:
    match change:
        case UnknownChange() | RunCode() | RunStatement(sql=None):
            return True
        case RunStatement(sql=str(text)):
            return not _whole(text)
        case _:
            return False


def _sql_files(tree: Tree) -> Iterator[str]:
    """The files of SQL, by which a database may have been begun, and those that run beside the revisions."""
    return (path for path in tree.paths() if path.endswith((".sql", "/env.py")))


def left_behind(facts: Facts, steps: Iterable[Step]) -> Iterator[tuple[Step, str]]:
    """The types that the tables of *steps* bring along, and that no ``downgrade()`` takes away."""
    for step in steps:
        if not isinstance(step.change, CreateTable) or step.database != "postgresql":
            continue
        made = dict.fromkeys(_makes(step.change))
        graph = facts.merged.alembic_graph_of(step.migration.key) if made else None
        if graph is None or not on_postgresql(facts.merged, graph):
            continue
        back = facts.merged.alembic_bodies.read(step.migration.path, step.database).back
        for name in made if back else ():
            ended = any(_may_end(change, name) for change in back or ())
            if not ended and made_before(facts, step, name) is None:
                yield step, name


def on_postgresql(side: Snapshot, graph: MigrationGraph) -> bool:
    """Whether the database is said to be PostgreSQL; or nobody says, and a revision or the one driver speaks of it."""
    said = side.said_alembic_dialect(graph)
    if said is not None:
        return said == "postgresql"
    paths = [migration.path for migration in graph.migrations.values()]
    side.tree.prefetch(paths)
    if any(_SPOKEN.search(side.tree.read(path)) for path in paths):
        return True
    return no_driver_but_postgresqls(side.tree)


def _upgrade(side: Snapshot, migration: Migration) -> tuple[SchemaChange, ...]:
    return side.alembic_bodies.upgrade(migration.path, "postgresql")


def _makes(change: SchemaChange) -> Iterator[str]:
    """The types that are there after *change*, whether or not they were before."""
    match change:
        case CreateTable(if_not_exists=False) if not _schema(change):
            yield from (column.makes_type for column in change.columns if column.makes_type)
        case RunStatement(sql=str(text)):
            found = _MADE.match(text)
            if found is not None:
                yield found[1]
        case _:
            pass


def _may_end(change: SchemaChange, name: str) -> bool:
    """Whether *change* may drop the type or give it another name."""
    match change:
        case UnknownChange(table=None) | DropTable(if_exists=True):
            # A table that is dropped as an object of Python's takes its types along.
            return True
        case UnknownChange(text=text) | RunCode(function=str(text)):
            return name in text or _ENDED.search(text) is not None
        case RunStatement(sql=None):
            return True
        case RunStatement(sql=str(text)):
            named = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE)
            return _ENDED.search(text) is not None and (named is not None or not _whole(text))
        case _:
            return False


def _whole(text: str) -> bool:
    """Whether no part of a statement is left open."""
    return "..." not in text and "%s" not in text and "{" not in text


def _schema(change: SchemaChange) -> bool:
    """Whether the table stands in a schema: the type's own is that of the table or of the connection, by version."""
    return "." in (change.table or "")
