"""Labels of PostgreSQL's enum types that are used before the transaction which adds them has ended."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from analyzers.read.sql_labels import (
    Label,
    Literal,
    added_label,
    bare_type,
    literals_in,
    literals_of_condition,
    literals_of_default,
)
from analyzers.relate.facts import Facts, Step
from analyzers.relate.snapshot import counterpart
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AddIndex,
    AlterColumn,
    Column,
    CreateTable,
    Framework,
    Migration,
    RunCode,
    RunStatement,
    Table,
    UnknownChange,
)

_COMMITS = re.compile(r"\s*(?:COMMIT|END|ROLLBACK|ABORT)\b", re.IGNORECASE)
_MAKES = re.compile(r'\s*CREATE\s+TYPE\s+((?:"?\w+"?\.)?"?[\w$]+"?)\s+AS\s+ENUM\b', re.IGNORECASE)

Added = dict[tuple[str, str], Step]
"""Types with a label -> the step that adds it."""


def used_too_early(facts: Facts) -> Iterator[tuple[Step, Step, str]]:
    """
    Each step that uses a new label too early, with the step that adds the label, and the label.

    Those of a type that the same transaction makes may be used at once.
    """
    if not any(_adds(step) for step in facts.steps):
        return
    added: Added = {}
    made: set[str] = set()
    committed: set[tuple[str, str]] = set()
    before: Step | None = None
    for step in facts.steps:
        if _ends(facts, before, step):
            committed |= added.keys()
            added, made = {}, set()
        before = step
        if step.database != "postgresql" or not _stays(facts, step):
            continue
        made |= {*_types_made(step)}
        label = _adds(step)
        if label is not None:
            key = (label.type, label.label)
            if label.type not in made and key not in committed and _is_new(facts, step, label):
                added.setdefault(key, step)
            continue
        if not added:
            continue
        labels = {label for _, label in added}
        said = [literal for literal in _literals(step) if literal.text in labels]
        for key, adding in added.items() if said else ():
            if any(_means(literal, step, key) for literal in said):
                if not _speaks_of_commits(facts, adding, step):
                    yield step, adding, key[1]
                break


def _ends(facts: Facts, before: Step | None, step: Step) -> bool:
    """Whether the transaction of the step *before* has ended, or may have, when *step* begins."""
    if before is None:
        return False
    one, other = before.migration, step.migration
    if one.key != other.key and (
        one.framework is Framework.DJANGO
        or one.key.app != other.key.app
        or facts.merged.alembic_commits_each(other.key.app)
    ):
        return True
    match before.change:
        case UnknownChange() | RunCode():
            # It may commit.
            return True
        case RunStatement(sql=sql) if sql is None or _COMMITS.match(sql):
            return True
        case _:
            return not _stays(facts, step)


def _speaks_of_commits(facts: Facts, adding: Step, step: Step) -> bool:
    """Whether something that commits may stand between: what changes nothing is no step."""
    first, last = adding.change.place, step.change.place
    if first.path == last.path:
        return _commits(facts, first.path, first.end_line, last.line - 1)
    return _commits(facts, first.path, first.end_line) or _commits(facts, last.path, 0, last.line)


def _commits(facts: Facts, path: str, begin: int, end: int | None = None) -> bool:
    lines = facts.merged.tree.read(path).decode(errors="replace").splitlines()
    return any("commit" in line.lower() for line in lines[begin:end])


def _stays(facts: Facts, step: Step) -> bool:
    """Whether *step* runs in the transaction of its migration; one that does not ends it."""
    outside = not step.migration.atomic or step.change.autocommit
    return not outside and not facts.merged.alembic_may_autocommit(step.migration.key.app)


def _adds(step: Step) -> Label | None:
    change = step.change
    return added_label(change.sql or "") if isinstance(change, RunStatement) else None


def _types_made(step: Step) -> Iterator[str]:
    match step.change:
        case CreateTable(columns=columns):
            yield from (bare_type(c.makes_type) for c in columns if c.makes_type)
        case RunStatement(sql=str(sql)):
            found = _MAKES.match(sql)
            if found is not None:
                yield bare_type(found[1])
        case _:
            pass


def _is_new(facts: Facts, step: Step, label: Label) -> bool:
    """
    Whether *label* is new to its type.

    ``IF NOT EXISTS`` adds nothing where it is there already: it is new where the base's migrations
    speak of the type and none of them of the label.
    """
    if not label.if_not_exists:
        return True
    tree = facts.base.tree
    paths = [migration.path for migration in _on_base(facts, step.migration)]
    tree.prefetch(paths)
    texts = [tree.read(path).decode(errors="replace") for path in paths]
    named = re.compile(rf"(?<!\w){re.escape(label.type)}(?!\w)")
    said = re.compile(rf"""['"]{re.escape(label.label)}['"]""")
    return any(map(named.search, texts)) and not any(map(said.search, texts))


def _on_base(facts: Facts, migration: Migration) -> Iterable[Migration]:
    """The migrations of the base that belong to the same history."""
    if migration.framework is Framework.DJANGO:
        return facts.base.django_graph.migrations.values()
    graph = facts.merged.alembic_graph_of(migration.key)
    base = counterpart(facts.base, graph) if graph is not None else None
    return base.migrations.values() if base is not None else ()


def _literals(step: Step) -> Iterator[Literal]:
    match step.change:
        case RunStatement(sql=str(sql)):
            yield from literals_in(sql)
        case AlterColumn(sets_default=True, after=column) | AddColumn(column=column):
            yield from _of_default(column)
        case CreateTable(columns=columns):
            for column in columns:
                yield from _of_default(column)
        case AddConstraint(constraint=constraint) if constraint.expression:
            yield from literals_of_condition(constraint.expression)
        case AddIndex(index=index) if index.condition:
            yield from literals_of_condition(index.condition)
        case _:
            pass


def _of_default(column: Column) -> Iterator[Literal]:
    if column.server_default is not None:
        yield from literals_of_default(column.server_default, column.name)


def _means(literal: Literal, step: Step, key: tuple[str, str]) -> bool:
    """Whether *literal* is made a value of the type in *key*, which has a new label."""
    type_, label = key
    if literal.text != label:
        return False
    if literal.column is None:
        return literal.type == type_
    column = _column(step, literal.column)
    return column is not None and column.type is not None and bare_type(column.type) == type_


def _column(step: Step, name: str) -> Column | None:
    """The column of that name of the table of *step*, as it is once *step* has run."""
    match step.change:
        case AlterColumn(after=column) | AddColumn(column=column) if column.name == name:
            return column
        case CreateTable(columns=columns):
            return next((column for column in columns if column.name == name), None)
        case _:
            table: Table | None = step.table_before
            return table.column(name) if table is not None else None
