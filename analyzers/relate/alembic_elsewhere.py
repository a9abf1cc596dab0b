"""What other roots of the repository make of tables: each root has its part of a program's models."""

from __future__ import annotations

from itertools import takewhile

from analyzers.relate.alembic_missing import Difference, ModelsOfRoot
from analyzers.relate.alembic_models import home_of, of_library, tables_of
from analyzers.relate.facts import Facts
from analyzers.relate.graph import MigrationGraph


def changed_elsewhere(facts: Facts, graph: MigrationGraph) -> set[str | None]:
    """Tables that new revisions of another root change and that root has not made: a plugin's."""
    found: set[str | None] = set()
    for other in facts.merged.alembic_graphs:
        added = facts.added(other) if other is not graph else ()
        if added:
            changes = facts.merged.schema_changes(other, added)
            database = facts.merged.alembic_dialect(other)
            own = tables_of(other, facts.merged.alembic_bodies, database).tables
            found |= {c.table for _, c in changes if c.table not in own}
    return found


def made_elsewhere(
    facts: Facts, graph: MigrationGraph, after: ModelsOfRoot, difference: Difference
) -> bool:
    """
    Whether another root over the same models makes the table: each has its part of them.

    Side by side, projects may have tables of one name, each on its own models.
    """
    if difference.kind != "add_table" or after.tables.get(difference.table) is not None:
        return False
    own_models = not of_library(after.metadata.tables[difference.table].base)
    home = home_of(after.root)
    for root, other in zip(facts.merged.alembic, facts.merged.alembic_graphs, strict=True):
        if other.location == graph.location or not (own_models or home_of(root) == home):
            continue
        database = facts.merged.alembic_dialect(other)
        if difference.table in tables_of(other, facts.merged.alembic_bodies, database).tables:
            return True
    return False


def asked_elsewhere(
    facts: Facts, graph: MigrationGraph, after: ModelsOfRoot, difference: Difference
) -> bool:
    """
    Whether another root is the one to make the table, where several have tables of one ``MetaData``.

    That is the one whose folder is nearest to the model, and then the one that makes the
    most of these tables. Roots that make the same tables, each for its own database, all do.
    """
    if difference.kind != "add_table":
        return False
    model = after.metadata.tables[difference.table]
    of_base = {name for name, t in after.metadata.tables.items() if t.base == model.base}
    mine, _ = _of(facts, graph, of_base)
    claim = _shared(model.place.path, graph), len(mine)
    for root, other in zip(facts.merged.alembic, facts.merged.alembic_graphs, strict=True):
        if other.location == graph.location:
            continue
        if of_library(model.base) and home_of(root) != home_of(after.root):
            continue
        theirs, speaks = _of(facts, other, of_base)
        if speaks and not mine & theirs and (_shared(model.place.path, other), len(theirs)) > claim:
            return True
    return False


def _of(facts: Facts, graph: MigrationGraph, names: set[str]) -> tuple[set[str], bool]:
    """Those of the tables *names* that *graph* makes, and whether it does anything to one of them."""
    tables = tables_of(graph, facts.merged.alembic_bodies, facts.merged.alembic_dialect(graph))
    made = names & tables.tables.keys()
    return made, bool(made or names & tables.spoken)


def _shared(path: str, graph: MigrationGraph) -> int:
    """How many leading folders *path* and the revisions of *graph* share."""
    pairs = zip(path.split("/"), (graph.location or "").split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def elsewhere(facts: Facts, graph: MigrationGraph) -> set[str]:
    """The tables that other roots of the repository make, now or on the base."""
    found: set[str] = set()
    for side in (facts.base, facts.merged):
        for other in side.alembic_graphs:
            if other.location != graph.location:
                database = side.alembic_dialect(other)
                found |= tables_of(other, side.alembic_bodies, database).tables.keys()
    return found
