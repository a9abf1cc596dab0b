"""Indexes and constraints: built while writes go on, obeyed before they are demanded."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from analyzers.plan.parts import Operation, Recipe, Unit
from analyzers.plan.recipes.subject import Subject, obeyed, one_pull_request
from analyzers.plan.source import Written, constant_keyword, keyword_of
from analyzers.plan.statements import (
    apart,
    index_concurrently,
    object_name,
    operation,
    quoted,
    run_sql,
    unique_using_index,
)
from analyzers.vocabulary import AddConstraint, ConstraintKind


def add_index(s: Subject) -> Recipe | None:
    """Concurrently, outside a transaction; the code does not notice."""
    if not s.postgresql:
        return None
    built = Operation(call=_contrib(s.written, "AddIndexConcurrently"), module=s.written.module)
    return one_pull_request(
        s,
        f"builds the index on {s.table} while writes go on",
        (Unit(slug=f"{s.model}_index".lower(), operations=(built,), atomic=False),),
        f"the index on {s.table} is built under a lock that stops writes",
    )


def remove_index(s: Subject) -> Recipe | None:
    if not s.postgresql:
        return None
    gone = Operation(call=_contrib(s.written, "RemoveIndexConcurrently"), module=s.written.module)
    return one_pull_request(
        s,
        f"drops the index on {s.table} without waiting for readers",
        (Unit(slug=f"{s.model}_remove_index".lower(), operations=(gone,), atomic=False),),
        f"dropping an index takes a lock on {s.table} that stops reads and writes",
    )


def add_constraint(s: Subject) -> Recipe | None:
    """Obeyed by the code first, then demanded: not valid, then validated."""
    constraint = s.written.argument("constraint", 1)
    if not s.postgresql or not isinstance(constraint, ast.Call):
        return None
    kind = constraint.func.attr if isinstance(constraint.func, ast.Attribute) else ""
    kind = kind or (constraint.func.id if isinstance(constraint.func, ast.Name) else "")
    name = constant_keyword(constraint, "name")
    if not isinstance(name, str):
        return None
    if kind == "CheckConstraint":
        adding = Operation(
            call=_contrib(s.written, "AddConstraintNotValid"), module=s.written.module
        )
        checking = operation(f"ValidateConstraint({s.model!r}, {name!r})")
        units = (
            Unit(slug=f"{name}_not_valid", operations=(adding,)),
            Unit(slug=f"{name}_validate", operations=(checking,)),
        )
        return obeyed(
            s,
            f"obeys {name}, and corrects the rows that break it",
            f"adds {name} without a scan under a lock, then validates it",
            units,
            f"{name} is checked against the whole table under a lock, and old code may break it",
            constraint=name,
        )
    columns = [
        column.name
        for attribute in _listed_texts(keyword_of(constraint, "fields"))
        if (column := s.column_before(attribute)) is not None
    ]
    plain = not {k.arg for k in constraint.keywords} - {"fields", "name"}
    if (
        kind == "UniqueConstraint"
        and plain
        and columns
        and len(columns) == len(_listed_texts(keyword_of(constraint, "fields")))
    ):
        units = (
            Unit(
                slug=f"{name}_index",
                atomic=False,
                operations=(index_concurrently(s.table, columns, name=name, unique=True),),
            ),
            Unit(
                slug=name,
                operations=apart(database=[unique_using_index(s.table, name=name)], state=[s.here]),
            ),
        )
        demand = f"adds {name} by an index that is built while writes go on"
        reason = f"{name} is built under a lock that stops writes"
        if s.unique_already:
            return one_pull_request(s, demand, units, reason)
        return obeyed(
            s,
            f"stops writing duplicates of {', '.join(columns)}, and clears up those that are there",
            demand,
            units,
            f"{reason}, and old code may still write duplicates",
            constraint=name,
        )
    return _unique_index(s, name) if kind == "UniqueConstraint" else None


def _unique_index(s: Subject, name: str) -> Recipe | None:
    """A condition, an expression: Django makes an index of it, with the same SQL apart from CONCURRENTLY."""
    start = f"CREATE UNIQUE INDEX {quoted(name)} "
    statement = next((t for t in s.statements() if t.startswith(start)), None)
    if statement is None:
        return None
    built = run_sql(
        statement.rstrip("; ").replace(
            "UNIQUE INDEX", "UNIQUE INDEX CONCURRENTLY IF NOT EXISTS", 1
        ),
        f"DROP INDEX CONCURRENTLY IF EXISTS {quoted(name)}",
    )
    units = (Unit(slug=name, atomic=False, operations=apart(database=[built], state=[s.here])),)
    return obeyed(
        s,
        f"stops writing what {name} does not take, and corrects the rows that break it",
        f"adds {name} by an index that is built while writes go on",
        units,
        f"{name} is built under a lock that stops writes, and old code may still break it",
        constraint=name,
    )


def alter_unique_together(s: Subject) -> Recipe | None:
    """Each new group by an index that is built while writes go on."""
    groups = [
        c.constraint.columns
        for c in s.changes
        if isinstance(c, AddConstraint) and c.constraint.kind is ConstraintKind.UNIQUE
    ]
    if not s.postgresql or not groups or len(groups) != len(s.changes) or not all(groups):
        return None
    names = [object_name(s.table, columns, "_uniq") for columns in groups]
    units = (
        *(
            Unit(
                slug=f"{s.model}_unique_{number}_index".lower(),
                atomic=False,
                operations=(index_concurrently(s.table, columns, name=name, unique=True),),
            )
            for number, (columns, name) in enumerate(zip(groups, names, strict=True), start=1)
        ),
        Unit(
            slug=f"{s.model}_unique_together".lower(),
            operations=apart(
                database=[unique_using_index(s.table, name=name) for name in names],
                state=[s.here],
            ),
        ),
    )
    listed = "; ".join(", ".join(columns) for columns in groups)
    return obeyed(
        s,
        f"stops writing duplicates of {listed}, and clears up those that are there",
        f"makes {listed} unique in {s.table} by an index that is built while writes go on",
        units,
        f"{listed} become unique in {s.table}: old code may still write duplicates, and the index is built under a lock",
        option="unique_together",
    )


def _contrib(written: Written, name: str) -> ast.Call:
    """The same arguments for an operation of ``django.contrib.postgres.operations``."""
    call = written.renamed(name).call
    call.func = ast.Name(id=name, ctx=ast.Load())
    return call


def _listed_texts(value: ast.expr | None) -> Sequence[str]:
    if not isinstance(value, ast.List | ast.Tuple):
        return ()
    return [i.value for i in value.elts if isinstance(i, ast.Constant) and isinstance(i.value, str)]
