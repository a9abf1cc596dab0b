"""What the rules about schema changes share: which steps they look at, and how a finding is made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from analyzers.findings import Finding, Severity
from analyzers.read.alembic.env_transactions import BEGINS_ITSELF
from analyzers.read.values import Call, Value
from analyzers.relate.django_state import ModelState
from analyzers.relate.effect import (
    COPY,
    INPLACE,
    INPLACE_SHARED,
    INSTANT,
    METADATA,
    NOCOPY,
    PARENT,
    Effect,
)
from analyzers.relate.facts import Facts, Step
from analyzers.relate.locks import effects
from analyzers.relate.online_backends import without_scans
from analyzers.vocabulary import (
    AddColumn,
    Column,
    CreateTable,
    DropColumn,
    DropTable,
    Framework,
    RenameColumn,
    RenameTable,
    RunStatement,
    StateOnly,
    UnknownChange,
)


def existing(facts: Facts) -> Iterator[Step]:
    """
    The changes of this pull request to tables that stand already.

    A table that the same pull request makes is empty and unknown to running
    code; what only changes the models' state touches no table.
    """
    for step in facts.steps:
        if step.created_by is None and not isinstance(step.change, StateOnly | UnknownChange):
            yield step


def keeps(facts: Facts, step: Step) -> bool:
    """Whether the models keep the column or the table that *step* takes from the database alone."""
    change = step.change
    if change.in_state or not is_django(step) or not isinstance(change, DropColumn | DropTable):
        return False
    model = facts.state.by_table(change.table) if change.table is not None else None
    if model is None or isinstance(change, DropTable):
        return model is not None
    return field_of(model, change) is not None


def field_of(model: ModelState, change: DropColumn) -> str | None:
    """The field of *model* whose column *change* drops."""
    names = {change.column, change.attribute or change.column, change.column.removesuffix("_id")}
    for name, value in model.fields.items():
        own = _own_column(value)
        if own == change.column if own else name in names:
            return name
    return None


def comes_again(facts: Facts, table: str | None, column: str, attribute: str) -> bool:
    """
    Whether the pull request brings a column of that name back, or one named as the attribute.

    A foreign key ``rule_id`` that becomes ``rule`` has the column, and with it the
    attribute, ``rule_id``.
    """
    for step in facts.steps:
        match step.change:
            case RenameColumn(new_name=name) if name == column:
                return True
            case RenameColumn(new_name=name) if step.change.table == table and name == attribute:
                return True
            case AddColumn(column=made) if step.change.table == table and made.name in {
                column,
                attribute,
            }:
                return True
            case _:
                pass
    return False


def _own_column(field: Value) -> str | None:
    """The ``db_column`` that a field names."""
    named = field.get("db_column") if isinstance(field, Call) else None
    return named if isinstance(named, str) else None


def touched(facts: Facts, step: Step) -> tuple[Effect, ...]:
    """The effects of *step* on tables that stand already, those made in this pull request left out."""
    found = effects(
        step.change,
        step.table_before,
        step.database,
        facts.config.database_version,
        django=is_django(step),
    )
    found = without_scans(step.change, found) if step.online else found
    return tuple(e for e in found if e.table not in facts.new_tables)


def sql_beside(facts: Facts, step: Step) -> str:
    """The other SQL of the migration of *step*: functions, triggers, views."""
    return "\n".join(
        s.change.sql or ""
        for s in facts.steps
        if s.migration.key == step.migration.key and isinstance(s.change, RunStatement)
    )


def takes_its_place(facts: Facts, step: Step) -> RenameTable | CreateTable | None:
    """
    What gives the name of the table of *step* to another one, further on in the same migration.

    None where the other one is known to lack a column: what asks for the name asks for its columns.
    """
    steps = iter(facts.steps)
    for earlier in steps:
        if earlier is step:
            break
    for later in steps:
        match later.change:
            case _ if later.migration.key != step.migration.key:
                pass
            case RenameTable(new_name=name) as change if name == step.change.table:
                other = later.table_before
                # Of a model of its own its fields say enough; of a copy that is not read whole nothing is known.
                told = other is not None and (other.complete or change.in_state)
                return change if _has_all(step, other.columns if other and told else ()) else None
            case CreateTable(table=name, columns=columns) as change if name == step.change.table:
                return change if _has_all(step, columns) else None
            case _:
                pass
    return None


def _has_all(step: Step, columns: Sequence[Column]) -> bool:
    """Whether *columns*, as far as any are known, have all of the table of *step*."""
    before = step.table_before
    names = {column.name for column in columns}
    return before is None or not names or {column.name for column in before.columns} <= names


def takes_views_place(facts: Facts, step: Step) -> bool:
    """Whether the migration of *step* gives its table the name of a view that it drops: code asks for that name."""
    sql, table = sql_beside(facts, step), _bare(step.change.table)
    for other in facts.steps:
        renamed = other.change
        if other.migration.key != step.migration.key or not isinstance(renamed, RenameTable):
            continue
        view = re.escape(_bare(renamed.new_name))
        dropped = rf'\bDROP\s+VIEW\s+(IF\s+EXISTS\s+)?("?\w+"?\.)?"?{view}"?\s*(;|$)'
        if _bare(renamed.table) == table and re.search(dropped, sql, re.I | re.M):
            return True
    return False


def _bare(table: str | None) -> str:
    return (table or "").rpartition(".")[2]


def filled_by_trigger(facts: Facts, step: Step, column: str) -> bool:
    """Whether the migration of *step* makes a trigger that sets *column* before every insert."""
    table = re.escape((step.change.table or "").rpartition(".")[2])
    sql = sql_beside(facts, step)
    fires = rf'\bTRIGGER\b[^;]*\bBEFORE\s+INSERT\b[^;]*\bON\s+"?(\w+"?\.)?"?{table}\b'
    sets = rf'\bNEW\."?{re.escape(column)}"?\s*:?='
    return bool(re.search(fires, sql, re.I) and re.search(sets, sql, re.I))


def one_transaction(facts: Facts, step: Step) -> str:
    """What is to be said where a revision of its own is asked for: it is no transaction of its own yet."""
    if is_django(step) or facts.merged.alembic_commits_each(step.migration.key.app):
        return ""
    return (
        " All revisions that are pending are run in one transaction,"
        " unless `env.py` says `transaction_per_migration=True`."
    )


def first_let_alembic_begin(facts: Facts, step: Step) -> str:
    """What is to be said where an ``autocommit_block()`` is asked for: Alembic may have no transaction to end."""
    if is_django(step) or not facts.merged.alembic_begins_itself(step.migration.key.app):
        return ""
    return f" {BEGINS_ITSELF[0].upper()}{BEGINS_ITSELF[1:]}: leave that to `with context.begin_transaction():`."


def rows(facts: Facts, table: str | None) -> int | None:
    """How many rows the configuration or the measured sizes give for *table*; None: not known."""
    return facts.config.large_tables.tables.get(table) if table else None


def is_large(facts: Facts, table: str | None) -> bool:
    """Whether *table* is known to be above the threshold."""
    known = rows(facts, table)
    return known is not None and known > facts.config.large_tables.rows


def by_size(facts: Facts, table: str | None) -> Severity | None:
    """INFO for a table that is known to be small: the lock is over before anybody waits; else the rule's own."""
    known = rows(facts, table)
    return Severity.INFO if known is not None and known <= facts.config.large_tables.rows else None


def found(rule: str, step: Step, *, message: str, why: str, remedy: str, **more: Any) -> Finding:
    """A finding of *rule* at *step*."""
    column = more.pop("column", None)
    place = more.pop("place", step.change.place)
    return Finding(
        rule=rule,
        place=place,
        framework=step.migration.framework,
        app=step.migration.key.app,
        migration=step.migration.key.name,
        table=more.pop("table", step.change.table),
        model=step.change.model,
        column=column,
        message=message,
        why=why,
        remedy=remedy,
        **more,
    )


def is_django(step: Step) -> bool:
    return step.migration.framework is Framework.DJANGO


def in_transaction(step: Step) -> bool:
    """Whether the change runs in the migration's one transaction."""
    return step.migration.atomic and not step.change.autocommit


def on_innodb(step: Step) -> bool:
    """Whether the tables of *step* are InnoDB's."""
    return step.database in {"mysql", "mariadb"}


def said(mode: str) -> str:
    """A lock in plain words."""
    return {
        "ACCESS EXCLUSIVE": "ACCESS EXCLUSIVE: reads and writes wait",
        "SHARE ROW EXCLUSIVE": "SHARE ROW EXCLUSIVE: writes wait",
        "SHARE": "SHARE: writes wait",
        "EXCLUSIVE": "EXCLUSIVE: writes wait",
        COPY: f"{COPY}: writes wait",
        INPLACE_SHARED: f"{INPLACE_SHARED}: writes wait",
        PARENT: f"{PARENT}: writes wait",
        **{m: f"{m}, its lock for a moment" for m in (INSTANT, NOCOPY, INPLACE, METADATA)},
    }.get(mode, f"{mode}: reads and writes go on")
