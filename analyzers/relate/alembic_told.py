"""Which differences between SQLAlchemy models and revisions are the pull request's, and can be told for certain."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from analyzers.relate.alembic_by_program import ByProgram, ProgramTables
from analyzers.relate.alembic_compared import Compared
from analyzers.relate.alembic_early import too_early
from analyzers.relate.alembic_elsewhere import asked_elsewhere, changed_elsewhere, made_elsewhere
from analyzers.relate.alembic_labels import new_labels
from analyzers.relate.alembic_lost import lost_by
from analyzers.relate.alembic_missing import Difference, missing
from analyzers.relate.alembic_remarks import new_remarks
from analyzers.relate.alembic_sql_files import index_in_sql, made_by_sql
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AddIndex,
    AlterColumn,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    RunCode,
    RunStatement,
    UnknownChange,
)

_ADDED = frozenset({"add_column", "add_index"})
_BOUND = frozenset({"add_unique", "add_foreign_key", "add_index"})
_OF_TABLES = re.compile(r"\b(?:alter|create|drop)\s+table\b")
_DDL = re.compile(r"\b(?:alter|create|drop|rename)\b", re.IGNORECASE)


def told(
    sides: Compared, brought: Collection[Difference], program: ProgramTables
) -> tuple[Difference, ...]:
    """
    What the merged models have and no revision makes, since the base, as far as that is certain.

    *brought* is what a new revision makes and its model lacks, *program* what the program
    itself makes as it starts.
    """
    facts, graph, before, after = sides.facts, sides.graph, sides.before, sides.after
    database = facts.merged.alembic_dialect(graph)
    asked = (
        *missing(after, before, brought),
        *new_labels(facts, graph, after, before),
        *new_remarks(after, before, sides.added, database),
    )
    if not asked:
        return ()
    early = _early(sides)
    # Of a file in conflict there is no merged text to judge by.
    torn = facts.comparison.text_conflicts
    return tuple(
        d
        for d in _readable(sides, asked)
        if sides.place(d.table, d.what).path not in torn
        and (lost_by(sides.changes, sides.on_base, d) is not None or not _by_revision(sides, d))
        and not _long_so(sides, d)
        and not made_elsewhere(facts, graph, after, d)
        and not asked_elsewhere(facts, graph, after, d)
        and not (d.kind in _ADDED and (d.table, d.what) in early)
        and program.makes(d) is not ByProgram.ALL
        and program.was_made(d)
        and not _in_sql(sides, d)
    )


def _early(sides: Compared) -> set[tuple[str, str | None]]:
    """What is added to a table before that is there: it is told of the revisions' order."""
    return {
        (e.table, c.column.name if isinstance(c, AddColumn) else c.index.name)
        for e in too_early(sides.facts, sides.graph)
        for r, c in sides.changes
        if r is e.revision and c.table == e.table and isinstance(c, AddColumn | AddIndex)
    }


def _in_sql(sides: Compared, difference: Difference) -> bool:
    """Whether SQL that a revision runs may make it, in its own text or in a file."""
    tree, table = sides.facts.merged.tree, difference.table
    paths = tuple(migration.path for migration in sides.graph.migrations.values())
    new = frozenset(migration.path for migration in sides.facts.added(sides.graph))
    if index_in_sql(tree, paths, new, difference):
        return True
    if table in sides.made or (table, difference.what) in sides.columns:
        return False
    bound = (AddConstraint, AddIndex, DropConstraint, DropIndex)
    if difference.kind in _BOUND and any(
        isinstance(c, bound) and c.table == table for c in sides.added
    ):
        return False
    return made_by_sql(tree, paths, sides.made, difference, renewed=_renewed(sides, difference))


def _renewed(sides: Compared, difference: Difference) -> bool:
    """Whether a unique constraint that the models had on the base is another one now, under its name."""
    one = sides.before.metadata.tables.get(difference.table)
    two = sides.after.metadata.tables.get(difference.table)
    names = {
        c.name
        for c in (two.table.constraints if two is not None else ())
        if c.name and ",".join(sorted(c.columns)) == difference.what
    }
    return one is not None and any(c.name in names for c in one.table.constraints)


def _readable(sides: Compared, lacking: Iterable[Difference]) -> tuple[Difference, ...]:
    """*lacking* without what a new revision may do in a way that cannot be read."""
    changes = sides.added
    if any(isinstance(c, UnknownChange) and c.table is None for c in changes):
        return ()
    said = _ddl(c.sql for c in changes if isinstance(c, RunStatement))
    # Of SQL with a part that is not known only the expression is known that makes it.
    made = _ddl(c.function for c in changes if isinstance(c, RunCode)).replace("%s", " ")
    if _OF_TABLES.search(made):
        said = f"{said} {made}"
    doubtful = {c.table for c in changes if isinstance(c, UnknownChange)}
    doubtful |= changed_elsewhere(sides.facts, sides.graph)
    return tuple(
        d
        for d in lacking
        if d.table not in doubtful
        and not _named_in(said, d.table.rpartition(".")[2])
        and not (d.kind in {"add_index", "remove_index"} and _named_in(f"{said} {made}", d.what))
    )


def _ddl(texts: Iterable[str | None]) -> str:
    """Those of *texts* that change the schema, in one and in small letters."""
    return " ".join(text.lower() for text in texts if text is not None and _DDL.search(text))


def _named_in(said: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name.lower())}\b", said) is not None


def _by_revision(sides: Compared, difference: Difference) -> bool:
    """Whether a new revision leaves the models behind: they say of the column, or the table, what they said before."""
    one = sides.before.metadata.tables.get(difference.table)
    two = sides.after.metadata.tables.get(difference.table)
    if difference.kind == "add_table" and one is not None:
        return any(isinstance(c, DropTable) and c.table == difference.table for c in sides.added)
    if difference.kind not in {"nullable", "type", "add_column"} or one is None or two is None:
        return False
    if one.table.column(difference.what) != two.table.column(difference.what):
        return False
    return any(
        isinstance(c, AlterColumn | DropColumn)
        and c.table == difference.table
        and difference.what == (c.column if isinstance(c, DropColumn) else c.after.name)
        for c in sides.added
    )


def _long_so(sides: Compared, difference: Difference) -> bool:
    """
    Whether the pull request neither changes the table's model nor brings a revision that does anything to it.

    Then a committed revision was edited, or is gone, or can be read only now: that is
    said of the revision. The models ask for what they have asked for all along.
    """
    name = difference.table
    if difference.kind in {"label", "comment"}:
        # The tables say the name of the type alone, and are the same with another comment.
        return False
    one = sides.before.metadata.tables.get(name)
    two = sides.after.metadata.tables.get(name)
    return (
        one is not None
        and two is not None
        and one.table == two.table
        and all(c.table != name for c in sides.added)
    )
