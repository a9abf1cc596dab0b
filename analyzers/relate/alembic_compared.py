"""The two sides of one Alembic root, base and merged, in one form: so they are compared."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from analyzers.frozen import dataclass
from analyzers.read.alembic.metadata import Metadata
from analyzers.read.alembic.model_files import model_paths
from analyzers.read.alembic.roots import Root
from analyzers.relate.alembic_elsewhere import elsewhere
from analyzers.relate.alembic_missing import ModelsOfRoot, models_of
from analyzers.relate.alembic_models import (
    as_revisions_call,
    bases_of,
    home_of,
    tables_of,
    take_unmade,
)
from analyzers.relate.alembic_reach import leads_to
from analyzers.relate.alembic_renamed import as_named_now
from analyzers.relate.alembic_state import Tables
from analyzers.relate.facts import Facts
from analyzers.relate.graph import MigrationGraph
from analyzers.relate.snapshot import Snapshot, counterpart
from analyzers.vocabulary import AddColumn, Migration, Place, SchemaChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What the revisions and the models of one root say on the base and merged."""

    facts: Facts
    graph: MigrationGraph
    """The merged revisions."""
    before: ModelsOfRoot
    """The base's models, by the names that tables and columns have now."""
    after: ModelsOfRoot
    changes: tuple[tuple[Migration, SchemaChange], ...]
    """What the new revisions do."""
    on_base: Tables
    """What the base's revisions make, by the names of then."""
    made: frozenset[str]
    """The tables that the merged revisions are seen to make."""
    columns: frozenset[tuple[str | None, str]]
    """Tables and columns that revisions add, to tables that others make as well."""

    @property
    def added(self) -> list[SchemaChange]:
        """What the new revisions do, without saying which does it."""
        return [change for _, change in self.changes]

    def place(self, table: str, what: str) -> Place:
        """The column's line, the model's, or that of the file where the model stood."""
        model = self.after.metadata.tables.get(table)
        if model is not None:
            return model.columns_at.get(what, model.place)
        old = self.before.metadata.tables.get(table)
        if old is not None and old.place.path in self.facts.merged.tree.paths():
            return Place(old.place.path)
        leaves = self.graph.leaf_nodes(self.after.root.location.name)
        key = leaves[0] if leaves else next(iter(self.graph.migrations))
        return self.graph.migrations[key].place


def compared(facts: Facts, graph: MigrationGraph) -> Compared | None:
    """Both sides of the merged *graph*; None where the pull request leaves it alone, or one cannot be read."""
    if graph.location not in facts.alembic_sides:
        facts.alembic_sides[graph.location] = _compared(facts, graph)
    return facts.alembic_sides[graph.location]


def _compared(facts: Facts, graph: MigrationGraph) -> Compared | None:
    if not _touches(facts, graph):
        return None
    old = counterpart(facts.base, graph)
    if old is None or graph.torn_since(old):
        # Of a graph in parts nobody can say what is applied, nor will Alembic.
        return None
    # Both in the words of one database, if the pull request should change what it is.
    database = facts.merged.alembic_dialect(graph)
    homes = {r.location.versions[0]: home_of(r) for r in facts.merged.alembic}
    projects = (homes.get(graph.location or "", ""), frozenset(homes.values()))
    one = _read(facts.base, old, database, projects)
    two = _read(facts.merged, graph, database, projects)
    if one is None or two is None:
        return None
    one, two = _as_called(one, two), _as_called(two, one)
    # What has been unread all along, and is as it was: nothing has gone into it, nor out.
    unread = frozenset(one[2].unreadable).difference(facts.changed_paths)
    two = (*two[:2], _without_unread(two[2], unread))
    # Both are judged over the same declarative bases: the first revision of one of them
    # does not make all its older tables new.
    managed = bases_of(one[2], one[1]) | bases_of(two[2], two[1])
    changes = tuple(facts.merged.schema_changes(graph, facts.added(graph)))
    added = [change for _, change in changes]
    made = frozenset(two[1].tables)
    columns = frozenset(
        (c.table, c.column.name) for c in (*two[1].apart, *added) if isinstance(c, AddColumn)
    )
    take_unmade(one[1], two[1], one[2], managed, elsewhere(facts, graph), added)
    return Compared(
        facts=facts,
        graph=graph,
        before=as_named_now(models_of(*one, managed), added),
        after=models_of(*two, managed),
        changes=changes,
        on_base=one[1],
        made=made,
        columns=columns,
    )


def sources(side: Snapshot) -> Iterator[bytes]:
    """The files in which models may stand."""
    paths = model_paths(side.tree, side.cache, outside(side))
    side.tree.prefetch(paths)
    for path in paths:
        yield side.tree.read(path)


def outside(side: Snapshot) -> tuple[str, ...]:
    """Where no model of any root stands, as the configuration says."""
    return tuple(v for root in side.alembic for v in root.location.without_models)


_Read = tuple[Root, Tables, Metadata]
"""One root, the tables that its revisions make, and all models."""


def _read(
    side: Snapshot, graph: MigrationGraph, database: str, projects: tuple[str, frozenset[str]]
) -> _Read | None:
    root = next((r for r in side.alembic if r.location.versions[0] == graph.location), None)
    if root is None or not root.complete:
        return None
    tables = tables_of(graph, side.alembic_bodies, database)
    models = side.alembic_metadata(database, *projects, root.location.versions[0])
    return root, tables, models


def _as_called(side: _Read, other: _Read) -> _Read:
    """*side*, its models by the names that the revisions of both sides say."""
    root, tables, models = side
    return root, tables, as_revisions_call(models, root, (tables, other[1]))


def _without_unread(models: Metadata, files: Collection[str]) -> Metadata:
    return replace(models, unreadable=tuple(p for p in models.unreadable if p not in files))


def _touches(facts: Facts, graph: MigrationGraph) -> bool:
    """Whether the pull request changes a file that may hold models or what they import, or a revision of this root."""
    changed = set(facts.changed_paths)
    if any(m.path in changed for m in graph.migrations.values()):
        return True
    models = [
        (side.tree, model_paths(side.tree, facts.cache, outside(side)))
        for side in (facts.merged, facts.base)
    ]
    return any(changed.intersection(paths) for _, paths in models) or any(
        leads_to(tree, paths, changed, facts.cache) for tree, paths in models
    )
