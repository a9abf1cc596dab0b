"""
Labels of the database's enums that models have and no revision adds.

A new member of a Python enum needs ``ALTER TYPE ... ADD VALUE`` on PostgreSQL. Alembic's
autogenerate compares the types by their names, so that neither it nor
``alembic check`` tells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from analyzers.relate.alembic_missing import Difference, ModelsOfRoot
from analyzers.relate.alembic_values import new_values
from analyzers.relate.enum_types import on_postgresql
from analyzers.relate.facts import Facts
from analyzers.relate.graph import MigrationGraph

_ADDED_ELSEWHERE = re.compile(rb"add\s+value|alter\s+type", re.IGNORECASE)
_WRITTEN_ELSEWHERE = re.compile(rb"alter\s+table|modify\s+(?:column\s+)?", re.IGNORECASE)


def new_labels(
    facts: Facts, graph: MigrationGraph, after: ModelsOfRoot, before: ModelsOfRoot
) -> tuple[Difference, ...]:
    """
    The labels that are new in the models, each once, where no revision speaks of it.

    Silent where a column is not of the type in the revisions' tables, where the database
    may be another one, and where any new revision names the label or the type.
    """
    values = tuple(new_values(after, before))
    if values:
        return _unsaid_values(facts, graph, values)
    found = tuple(_new_in_models(after, before))
    if not found or not on_postgresql(facts.merged, graph):
        return ()
    paths = [migration.path for migration in graph.migrations.values()]
    facts.merged.tree.prefetch(paths)
    texts = {path: facts.merged.tree.read(path) for path in paths}
    new = {migration.path for migration in facts.added(graph)}
    added = b"\n".join(text for path, text in texts.items() if path in new)
    if any(_ADDED_ELSEWHERE.search(text) for text in _changed(facts, new)):
        return ()
    committed = [text for path, text in texts.items() if path not in new]

    def unsaid(difference: Difference) -> bool:
        named = _word(after.metadata.tables[difference.table].enums[difference.what].name)
        label = _word(difference.to)
        if label(added) or named(added):
            return False
        quoted = re.compile(rb"['\"]" + re.escape(difference.to.encode()) + rb"['\"]")
        return not any(quoted.search(text) and named(text) for text in committed)

    return tuple(difference for difference in found if unsaid(difference))


def _unsaid_values(
    facts: Facts, graph: MigrationGraph, values: tuple[Difference, ...]
) -> tuple[Difference, ...]:
    """Those *values* of MySQL's columns that no new revision names."""
    new = {migration.path for migration in facts.added(graph)}
    if any(_WRITTEN_ELSEWHERE.search(text) for text in _changed(facts, new)):
        return ()
    texts = {m.path: facts.merged.tree.read(m.path) for m in graph.migrations.values()}

    def unsaid(value: Difference) -> bool:
        quoted = re.compile(rb"['\"]" + re.escape(value.to.encode()) + rb"['\"]")
        return not any(
            _word(value.to)(text) if path in new else quoted.search(text)
            for path, text in texts.items()
        )

    return tuple(value for value in values if unsaid(value))


def _new_in_models(after: ModelsOfRoot, before: ModelsOfRoot) -> Iterator[Difference]:
    told: set[tuple[str, str]] = set()
    for table, model in sorted(after.metadata.tables.items()):
        old, state = before.metadata.tables.get(table), after.tables.get(table)
        if old is None or state is None:
            continue
        for column, enum in model.enums.items():
            was, present = old.enums.get(column), state.columns.get(column)
            if was is None or was.name != enum.name or present is None or present.type is None:
                continue
            if present.type.strip('"').lower() != enum.name.lower():
                continue
            for label in enum.labels:
                if label not in was.labels and (enum.name, label) not in told:
                    told.add((enum.name, label))
                    yield Difference("label", table, column, label)


def _changed(facts: Facts, but: set[str]) -> Iterator[bytes]:
    """The files that the pull request changes, without those in *but*."""
    tree = facts.merged.tree
    paths = [p for p in facts.changed_paths if p.endswith((".py", ".sql")) and p not in but]
    there = set(tree.paths())
    for path in paths:
        if path in there:
            yield tree.read(path)


def _word(name: str) -> Callable[[bytes], object]:
    return re.compile(rb"(?<!\w)" + re.escape(name.encode()) + rb"(?!\w)", re.IGNORECASE).search
