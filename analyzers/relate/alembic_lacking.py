"""What a pull request's SQLAlchemy models lack in revisions, as findings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from analyzers.findings import Finding, Severity
from analyzers.read.alembic.metadata import Metadata, model_paths
from analyzers.read.alembic.roots import Root
from analyzers.relate.alembic_missing import (
    Difference,
    ModelsOfRoot,
    bases_of,
    home_of,
    missing,
    models_of,
    of_home,
    tables_of,
    take_unmade,
)
from analyzers.relate.alembic_source import missing_revision, operations_of
from analyzers.relate.alembic_state import Tables, TableState
from analyzers.relate.facts import Facts, Snapshot, counterpart
from analyzers.relate.graph import MigrationGraph
from analyzers.relate.locks import demanded_of_old_code
from analyzers.vocabulary import (
    AlterColumn,
    ConstraintKind,
    DropColumn,
    DropTable,
    Framework,
    Place,
    RunStatement,
    SchemaChange,
    UnknownChange,
)

_WORDS = {
    "add_table": "table `{table}` is new in the models",
    "remove_table": "table `{table}` is gone from the models",
    "add_column": "column `{what}` of `{table}` is new in the models",
    "remove_column": "column `{what}` of `{table}` is gone from the models",
    "type": "column `{what}` of `{table}` is `{to}` in the models",
    "nullable": "column `{what}` of `{table}` is {to} in the models",
    "add_index": "index `{what}` on `{table}` is new in the models",
    "remove_index": "index `{what}` on `{table}` is gone from the models",
    "add_unique": "the unique constraint on `{table}` ({what}) is new in the models",
    "remove_unique": "the unique constraint on `{table}` ({what}) is gone from the models",
    "add_foreign_key": "the foreign key from `{table}` ({what}) to `{to}` is new in the models",
    "remove_foreign_key": "the foreign key from `{table}` ({what}) to `{to}` is gone from the models",
}
_DDL = re.compile(r"\b(?:alter|create|drop|rename)\b", re.IGNORECASE)


def alembic_lacking(rule: str, facts: Facts, name: str | None = None) -> Iterator[Finding]:
    """
    A finding for each thing that the models have and the revisions do not, root by root.

    The revision that mends it is about *name*, where that is given.
    """
    for graph in facts.merged.alembic_graphs:
        if not _touches(facts, graph):
            continue
        old = counterpart(facts.base, graph)
        one = _read(facts.base, old) if old is not None else None
        two = _read(facts.merged, graph)
        if one is None or two is None:
            continue
        # Both are judged over the same declarative bases: the first revision of one of them
        # does not make all its older tables new.
        managed = bases_of(one[2], one[1]) | bases_of(two[2], two[1])
        homes = frozenset(home_of(root) for root in facts.merged.alembic)
        home = home_of(two[0])
        one = (one[0], one[1], of_home(one[2], home, homes))
        two = (two[0], two[1], of_home(two[2], home, homes))
        added = [c for _, c in facts.merged.schema_changes(graph, facts.added(graph))]
        take_unmade(one[1], two[1], one[2], managed, _elsewhere(facts, graph), added)
        before, after = models_of(*one, managed), models_of(*two, managed)
        # Of a file in conflict there is no merged text to judge by.
        lacking = tuple(
            d
            for d in _readable(facts, graph, missing(after, before))
            if _place(facts, graph, after, before, d).path not in facts.comparison.text_conflicts
            and not _by_revision(facts, graph, after, before, d)
            and not _long_so(added, after, before, d)
        )
        if lacking:
            yield from _findings(rule, facts, graph, after, before, lacking, name)


def _touches(facts: Facts, graph: MigrationGraph) -> bool:
    """Whether the pull request changes a file that may hold models, or a revision of this root."""
    changed = set(facts.changed_paths)
    if any(m.path in changed for m in graph.migrations.values()):
        return True
    return any(
        changed.intersection(model_paths(side.tree, facts.cache, _outside(side)))
        for side in (facts.merged, facts.base)
    )


def _outside(side: Snapshot) -> tuple[str, ...]:
    return tuple(v for root in side.alembic for v in root.location.without_models)


def _read(side: Snapshot, graph: MigrationGraph) -> tuple[Root, Tables, Metadata] | None:
    root = next((r for r in side.alembic if r.location.versions[0] == graph.location), None)
    if root is None or not root.complete:
        return None
    database = side.alembic_dialect(graph)
    tables = tables_of(graph, side.alembic_bodies, database)
    return root, tables, side.alembic_metadata(database)


def _readable(
    facts: Facts, graph: MigrationGraph, lacking: Sequence[Difference]
) -> tuple[Difference, ...]:
    """*lacking* without what a new revision may do in a way that cannot be read."""
    changes = [c for _, c in facts.merged.schema_changes(graph, facts.added(graph))]
    if any(isinstance(c, UnknownChange) and c.table is None for c in changes):
        return ()
    said = " ".join(
        c.sql.lower()
        for c in changes
        if isinstance(c, RunStatement) and c.sql is not None and _DDL.search(c.sql)
    )
    doubtful = {c.table for c in changes if isinstance(c, UnknownChange)}
    doubtful |= _changed_elsewhere(facts, graph)
    return tuple(
        d
        for d in lacking
        if d.table not in doubtful
        and not re.search(rf"\b{re.escape(d.table.rpartition('.')[2].lower())}\b", said)
    )


def _by_revision(
    facts: Facts,
    graph: MigrationGraph,
    after: ModelsOfRoot,
    before: ModelsOfRoot,
    difference: Difference,
) -> bool:
    """Whether a new revision leaves the models behind: they say of the column, or the table, what they said before."""
    one = before.metadata.tables.get(difference.table)
    two = after.metadata.tables.get(difference.table)
    if difference.kind == "add_table" and one is not None:
        return any(
            isinstance(c, DropTable) and c.table == difference.table
            for _, c in facts.merged.schema_changes(graph, facts.added(graph))
        )
    if difference.kind not in {"nullable", "type", "add_column"} or one is None or two is None:
        return False
    if one.table.column(difference.what) != two.table.column(difference.what):
        return False
    return any(
        isinstance(c, AlterColumn | DropColumn)
        and c.table == difference.table
        and difference.what == (c.column if isinstance(c, DropColumn) else c.after.name)
        for _, c in facts.merged.schema_changes(graph, facts.added(graph))
    )


def _long_so(
    added: Sequence[SchemaChange], after: ModelsOfRoot, before: ModelsOfRoot, difference: Difference
) -> bool:
    """
    Whether the pull request neither changes the table's model nor brings a revision that does anything to it.

    Then a committed revision was edited, or is gone, or can be read only now: that is
    said of the revision. The models ask for what they have asked for all along.
    """
    name = difference.table
    one, two = before.metadata.tables.get(name), after.metadata.tables.get(name)
    return (
        one is not None
        and two is not None
        and one.table == two.table
        and all(c.table != name for c in added)
    )


def _severity(difference: Difference, after: ModelsOfRoot) -> Severity | None:
    """
    A warning where the database keeps what no code asks for any more; else the rule's own.

    That is how a column or a table goes: the code forgets it, then a revision drops it.
    And where it has in another form, or under another name, what the models ask for.
    """
    state = after.tables.get(difference.table)
    if state is not None and _served(difference, after, state):
        return Severity.WARNING
    match difference.kind:
        case "remove_table":
            return Severity.WARNING
        case "remove_column" if state is not None:
            column = state.columns.get(difference.what)
            return None if column is None or demanded_of_old_code(column) else Severity.WARNING
        case "remove_index" if state is not None:
            index = state.indexes.get(difference.what)
            return None if index is None or index.unique else Severity.WARNING
        case _:
            return None


def _served(difference: Difference, after: ModelsOfRoot, state: TableState) -> bool:
    """Whether what is new in the models is there: an index, or the uniqueness that one gives."""
    model = after.metadata.tables.get(difference.table)
    if model is None:
        return False
    unique = {c.columns for c in state.constraints if c.kind is ConstraintKind.UNIQUE}
    unique |= {i.columns for i in state.indexes.values() if i.unique}
    match difference.kind:
        case "add_unique":
            return tuple(difference.what.split(",")) in {tuple(sorted(c)) for c in unique}
        case "add_index" if difference.to != "again":
            wanted = [i for i in model.table.indexes if i.name == difference.what]
            there = unique | {i.columns for i in state.indexes.values()}
            return any(i.columns in (unique if i.unique else there) for i in wanted)
        case _:
            return False


def _why(difference: Difference, after: ModelsOfRoot) -> str:
    state = after.tables.get(difference.table)
    if state is not None and _served(difference, after, state):
        return (
            "The database has the same in another form or under another name, so nothing fails; "
            "but the next autogenerated revision carries this change along."
        )
    if _severity(difference, after) is not None:
        return (
            "The database keeps what no code knows any more, which is right until all of the old "
            "code is gone; the next autogenerated revision drops it."
        )
    return (
        "The code that is deployed with this expects a database that no revision makes: "
        "queries fail, or the next autogenerated revision carries this change along."
    )


def _changed_elsewhere(facts: Facts, graph: MigrationGraph) -> set[str | None]:
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


def _elsewhere(facts: Facts, graph: MigrationGraph) -> set[str]:
    """The tables that other roots of the repository make, now or on the base."""
    found: set[str] = set()
    for side in (facts.base, facts.merged):
        for other in side.alembic_graphs:
            if other.location != graph.location:
                database = side.alembic_dialect(other)
                found |= tables_of(other, side.alembic_bodies, database).tables.keys()
    return found


def _findings(
    rule: str,
    facts: Facts,
    graph: MigrationGraph,
    after: ModelsOfRoot,
    before: ModelsOfRoot,
    lacking: Sequence[Difference],
    asked: str | None,
) -> Iterator[Finding]:
    file = missing_revision(facts.merged.tree, graph, after, lacking, asked)
    name, command = after.root.location.name, after.root.location.autogenerate
    for difference in lacking:
        words = _WORDS[difference.kind].format(
            table=difference.table, what=difference.what, to=difference.to
        )
        model = after.metadata.tables.get(difference.table)
        columned = difference.kind in {"add_column", "remove_column", "type", "nullable"}
        yield Finding(
            rule=rule,
            severity=_severity(difference, after),
            framework=Framework.ALEMBIC,
            place=_place(facts, graph, after, before, difference),
            app=name,
            table=difference.table,
            model=model.table.model if model is not None else None,
            column=difference.what if columned else None,
            message=f"{words[0].upper()}{words[1:]}, and no revision says so.",
            why=_why(difference, after),
            remedy=(
                f"Add the revision `{file.path}`."
                if file is not None
                else f"Run `{command}` and commit the file."
            ),
            new_files=(file,) if file is not None else (),
            commands=(command,),
            operations=operations_of((difference,), after),
            identity=(difference.kind, difference.what, difference.to),
        )


def _place(
    facts: Facts,
    graph: MigrationGraph,
    after: ModelsOfRoot,
    before: ModelsOfRoot,
    difference: Difference,
) -> Place:
    """The column's line, the model's, or that of the file where the model stood."""
    model = after.metadata.tables.get(difference.table)
    if model is not None:
        return model.columns_at.get(difference.what, model.place)
    old = before.metadata.tables.get(difference.table)
    if old is not None and old.place.path in facts.merged.tree.paths():
        return Place(old.place.path)
    leaves = graph.leaf_nodes(after.root.location.name)
    key = leaves[0] if leaves else next(iter(graph.migrations))
    return graph.migrations[key].place
