"""Roots whose revisions are run for several databases: where a table is, and how a revision is written for them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from analyzers import limits
from analyzers.frozen import dataclass
from analyzers.read.alembic.bodies import Bodies
from analyzers.read.alembic.forms import Form, form_of
from analyzers.read.alembic.metadata import Metadata
from analyzers.relate.alembic_index_source import Unwritable
from analyzers.relate.alembic_missing import Difference
from analyzers.relate.graph import MigrationGraph
from analyzers.trees import Tree
from analyzers.vocabulary import Key, RenameTable

DECIDES = "its revisions decide by themselves what they do to which database"


@dataclass(frozen=True, slots=True, kw_only=True)
class Databases:
    """The databases of one root, where its revisions tell them apart, and the tables of each."""

    form: Form
    tables: Mapping[str, frozenset[str]]
    bases: Mapping[str, frozenset[frozenset[str]]]
    """By declarative base in which its tables are; in one way where all are in the same databases."""

    def of(self, difference: Difference, metadata: Metadata) -> tuple[str | None, ...]:
        """
        The databases in which *difference* has to be mended; None is the only one.

        Raises:
            Unwritable: that is not certain.

        """
        if self.form.asks:
            raise Unwritable(DECIDES)
        if not self.form.databases:
            return (None,)
        known = self.tables.get(difference.table)
        model = metadata.tables.get(difference.table)
        ways = self.bases.get(model.base, frozenset()) if model is not None else frozenset()
        if known is None and len(ways) == 1:
            (known,) = ways
        # One schema in several databases is the same in all of them; two tables of one name are not.
        if known is not None and (len(known) == 1 or ways == {known}):
            return tuple(name for name in self.form.databases if name in known)
        raise Unwritable(f"in which database `{difference.table}` is, is not certain")


ONE = Databases(form=Form(), tables={}, bases={})
"""What most roots have: one database, of which no revision speaks."""


def databases_of(
    tree: Tree,
    graph: MigrationGraph,
    head: Key | None,
    bodies: Bodies,
    dialect: str,
    metadata: Metadata,
) -> Databases:
    """Those that the revisions of *graph* are run for, of which the next comes after *head*."""
    form = form_for(tree, graph, head) if head is not None else Form()
    tables: dict[str, frozenset[str]] = {}
    for key in graph.order if form.spans else ():
        path = graph.migrations[key].path
        spoken = form_of(tree.read(path))
        for change in bodies.upgrade(path, dialect):
            database = spoken.database_at(change.place.line)
            if database is None or change.table is None:
                continue
            names = [change.table]
            names += [change.new_name] if isinstance(change, RenameTable) else []
            for name in names:
                tables[name] = tables.get(name, frozenset()) | {database}
    bases: dict[str, frozenset[frozenset[str]]] = {}
    for name, model in metadata.tables.items():
        if name in tables:
            bases[model.base] = bases.get(model.base, frozenset()) | {tables[name]}
    return Databases(form=form, tables=tables, bases=bases)


def form_for(tree: Tree, graph: MigrationGraph, head: Key) -> Form:
    """
    How the revision after *head* has to be written: as those before it.

    A merge need not have a function for each database, though it takes what it is handed.
    """
    first = form_of(tree.read(graph.migrations[head].path))
    if not first.parameters or first.spans or first.asks:
        return first
    own = graph.lineage(head)
    before = (key for key in reversed(graph.order) if key in own and key != head)
    for key in itertools.islice(before, limits.LINES):
        form = form_of(tree.read(graph.migrations[key].path))
        if form.spans or form.asks:
            return form
    return first


def functions(
    form: Form, up: Mapping[str | None, str], down: Mapping[str | None, str]
) -> tuple[str, ...]:
    """The lines of ``upgrade`` and ``downgrade`` with their bodies, indented, by database."""
    if not form.spans:
        taken = form.parameters
        return (
            f"def upgrade({taken}) -> None:",
            up[None],
            "",
            "",
            f"def downgrade({taken}) -> None:",
            down[None],
        )
    said = [form.heads]
    for name in form.databases:
        said += [
            f"def {way}_{name}() -> None:\n{bodies.get(name) or '    pass'}"
            for way, bodies in (("upgrade", up), ("downgrade", down))
        ]
    return ("\n\n\n".join(said),)
