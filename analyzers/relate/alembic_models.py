"""Which models belong to which root of revisions, and which tables these revisions make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import takewhile

from analyzers.read.alembic.bodies import Bodies
from analyzers.read.alembic.metadata import Metadata
from analyzers.read.alembic.own_table import MappedTable
from analyzers.read.alembic.roots import Root
from analyzers.read.alembic.together import BIND
from analyzers.relate.alembic_state import Tables, TableState
from analyzers.relate.graph import MigrationGraph
from analyzers.vocabulary import (
    AddConstraint,
    DropConstraint,
    DropIndex,
    Place,
    Reference,
    RenameIndex,
    RenameTable,
    SchemaChange,
    Table,
    UnknownChange,
)

_LIBRARY_BASES = frozenset({"flask", "sqlmodel"})
"""Bases that every project has under one name: Flask-SQLAlchemy's and SQLModel's own."""


_ANYWHERE = Place("")


def of_library(base: str) -> bool:
    """Whether *base* is one that every project has under one name."""
    return base.partition(BIND)[0] in _LIBRARY_BASES


def tables_of(graph: MigrationGraph, bodies: Bodies, dialect: str) -> Tables:
    """The tables after all revisions of *graph*."""
    tables = Tables()
    for key in graph.order:
        path = graph.migrations[key].path
        changes = bodies.upgrade(path, dialect)
        tables.play_all(changes)
        if any(isinstance(change, UnknownChange) for change in changes):
            tables.unread |= bodies.words(path)
        if any(isinstance(c, AddConstraint | DropConstraint) and c.table is None for c in changes):
            tables.keyed_unread |= bodies.words(path)
    return tables


def take_unmade(
    before: Tables,
    after: Tables,
    models: Metadata,
    managed: frozenset[str],
    elsewhere: Iterable[str],
    changes: Iterable[SchemaChange],
) -> None:
    """
    Put tables that no revision is seen to make into both states, as the base's models have them.

    Many programs make their first tables with ``create_all`` and only then begin with
    revisions; others make some in a way that cannot be read. What becomes of such a table
    is known even so: what its model says now, and what the new revisions' *changes* do.
    Tables in *elsewhere* are those of other roots.
    """
    changes = tuple(changes)
    known = {*before.tables, *after.tables, *elsewhere}
    committed = tuple(before.apart)
    new = {change.place.path for change in changes}
    edited = tuple(_edited((*committed, *before.dropped), (*after.apart, *after.dropped), new))
    unmade = {
        name: model.table
        for name, model in models.tables.items()
        if model.base in managed and model.named and name not in known
    }
    for tables in (before, after):
        for name, table in unmade.items():
            tables.tables[name] = TableState(
                name=name,
                columns={column.name: column for column in table.columns},
                indexes={i.name or f"?{n}": i for n, i in enumerate(table.indexes)},
                constraints=list(table.constraints),
                complete=table.complete,
            )
        # The models of the base may not yet say all that its revisions do to their tables.
        tables.play_all(change for change in committed if change.table in unmade)
    after.play_all(_done_to(unmade, (*edited, *changes)))


def _edited(
    before: Iterable[SchemaChange], after: Iterable[SchemaChange], new: Set[str]
) -> Iterator[SchemaChange]:
    """What committed revisions do *after* an edit and did not do *before*; *new* are the paths of those that are not committed."""
    known = [replace(change, place=_ANYWHERE) for change in before]
    for change in after:
        if change.place.path not in new and replace(change, place=_ANYWHERE) not in known:
            yield change


def _done_to(names: Iterable[str], changes: Iterable[SchemaChange]) -> Iterator[SchemaChange]:
    """What *changes* do to the tables *names*, also under the names that they get, and to their indexes."""
    known = dict.fromkeys(names)
    for change in changes:
        if change.table in known:
            yield change
            if isinstance(change, RenameTable):
                known[change.new_name] = None
        elif change.table is None and isinstance(change, DropIndex | RenameIndex):
            # SQL names the index alone.
            yield from (replace(change, table=name) for name in known)


def bases_of(metadata: Metadata, tables: Tables) -> frozenset[str]:
    """The declarative bases of which the revisions make or change at least one table."""
    known = tables.tables.keys() | tables.spoken
    return frozenset(t.base for name, t in metadata.tables.items() if name in known)


def home_of(root: Root) -> str:
    """
    The folder of *root*'s project: where its configuration stands, or its script directory.

    Flask-Migrate puts the configuration into the script directory, which holds no models.
    """
    location = root.location
    script = location.script or location.versions[0].rpartition("/")[0]
    folder = location.config.rpartition("/")[0] if location.config else script
    return folder.rpartition("/")[0] if folder == script else folder


def at_home(table: MappedTable, home: str, homes: frozenset[str]) -> bool:
    """
    Whether *table* does not stand in the home of another project of the repository.

    Asked only of the bases that a library brings: projects side by side each have
    theirs, under one name.
    """
    path = table.place.path
    inside = [h for h in homes if not h or path.startswith(f"{h}/")]
    if not of_library(table.base):
        return True
    if inside:
        return max(inside, key=len) == home
    # The home of a script directory such as `store/db/migrations` may lie beside the models.
    near = {h: _shared(h, path) for h in homes}
    return near.get(home, 0) == max(near.values(), default=0)


def _shared(folder: str, path: str) -> int:
    """How many folders at their beginning *folder* and *path* have in common."""
    pairs = zip(folder.split("/"), path.split("/")[:-1], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def as_revisions_call(metadata: Metadata, root: Root, sides: Sequence[Tables]) -> Metadata:
    """
    *metadata* with the names that the tables of *root*'s revisions have on either of the *sides*.

    Where a schema is that of the whole ``MetaData``, some projects set it as the
    connection's search path, and their revisions do not name it; others do so where
    the ``env.py`` speaks of the search path.
    """
    made = {name for tables in sides for name in tables.tables}
    known = made.union(*(tables.spoken for tables in sides))
    searched = root.location.search_path
    bare = {
        full: full.rpartition(".")[2]
        for full, model in metadata.tables.items()
        if (model.by_default or (searched and "." in full)) and full not in known
    }
    several = Counter(bare.values())
    renamed = {
        full: name
        for full, name in bare.items()
        if name in (known if searched else made)
        and name not in metadata.tables
        and several[name] == 1
    }
    if not renamed:
        return metadata
    return replace(
        metadata,
        tables={
            renamed.get(full, full): replace(model, table=_renamed(model.table, renamed))
            for full, model in metadata.tables.items()
        },
    )


def _renamed(table: Table, names: Mapping[str, str]) -> Table:
    """*table*, and what it refers to, by their new *names*."""

    def target(to: Reference | None) -> Reference | None:
        return replace(to, table=names.get(to.table, to.table)) if to is not None else None

    return replace(
        table,
        name=names.get(table.name, table.name),
        columns=tuple(replace(c, references=target(c.references)) for c in table.columns),
        constraints=tuple(replace(c, references=target(c.references)) for c in table.constraints),
    )
