"""
What taking changes back does: what is lost with it, what stops it, what it leaves.

Every word of it is compared with a real server by ``tests/oracles/measure_back.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzers.frozen import dataclass
from analyzers.relate.conversions import Conversion, cast_by_django, conversion
from analyzers.relate.facts import Step
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AddIndex,
    AlterColumn,
    Column,
    Constraint,
    ConstraintKind,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    Framework,
    Reference,
    RunCode,
    RunStatement,
    SchemaChange,
    ValidateConstraint,
)


@dataclass(frozen=True, slots=True)
class Loss:
    """Values that are gone: *name* is a table or ``table.column``, *what* says it in words."""

    name: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """What the way back of one change does."""

    loses: tuple[Loss, ...] = ()
    """What new code has written and the way back takes away."""
    gone: tuple[Loss, ...] = ()
    """What the way forward has taken already; the way back does not bring it."""
    stops: tuple[str, ...] = ()
    """Rows that may be there by then and make the way back fail."""
    fails: str = ""
    """Why the way back fails as soon as the table has a row; empty: it does not."""
    stays: bool = False
    """The change is still there after the way back."""


def ways_back(
    steps: Sequence[tuple[Step, Sequence[SchemaChange] | None]],
) -> tuple[WayBack, ...]:
    """
    The way back of each of *steps*, given with what undoes it; in their order.

    None stands for a framework that undoes the change by itself.
    """
    changes = [step.change for step, _ in steps]
    brings = any(isinstance(c, AddColumn | CreateTable) for c in changes)
    dropped = {(c.table, c.column): n for n, c in enumerate(changes) if isinstance(c, DropColumn)}
    put_on_again = {
        (c.place, c.table, c.constraint.references)
        for c in changes
        if isinstance(c, AddConstraint) and c.implicit
    }
    emptied = {
        step.change.table: n
        for n, (step, undone_by) in enumerate(steps)
        if isinstance(step.change, DropTable)
        and (undone_by is None or any(isinstance(other, CreateTable) for other in undone_by))
    }
    added: set[tuple[str | None, str]] = set()
    constrained: set[tuple[str | None, str | None]] = set()
    found = []
    for number, (step, undone_by) in enumerate(steps):
        change = step.change
        back = WayBack()
        match change:
            case _ if step.created_by is not None:
                pass  # its table goes away as a whole
            case _ if emptied.get(change.table, -1) > number:
                pass  # its table goes later, and is empty when it is back: there are no rows to fill or to refuse
            case DropConstraint(constraint=Constraint(references=Reference() as target)) if (
                change.place,
                change.table,
                target,
            ) in put_on_again:
                pass  # taken off only to alter its column
            case DropColumn(column=name) | AlterColumn(after=Column(name=name)) if (
                change.table,
                name,
            ) in added:
                pass  # a column that has come with this very pull request had no values before it
            case AlterColumn(after=Column(name=name)) if (
                _tightens(change)
                and not _filled(step)
                and dropped.get((change.table, name), -1) > number
            ):
                back = WayBack(fails=_no_value(change.table, name))
            case ValidateConstraint(name=name) if (change.table, name) in constrained:
                pass  # the constraint goes as a whole
            case RunCode() if brings:
                pass  # what it writes is most often the new column, which goes
            case _:
                back = _way_back(step, undone_by)
        if isinstance(change, AddColumn):
            added.add((change.table, change.column.name))
        if isinstance(change, AddConstraint) and not back.stays and change.reversible:
            constrained.add((change.table, change.constraint.name))
        found.append(back)
    return tuple(found)


def _way_back(step: Step, undone_by: Sequence[SchemaChange] | None) -> WayBack:
    change = step.change
    gone = tuple(_gone(step))
    if undone_by is not None and not undone_by:
        return WayBack(gone=gone, stays=not isinstance(change, RunCode | RunStatement))
    if undone_by is not None and change.reversible is not True:
        # What is written does not show that it undoes this very change.
        return WayBack(gone=gone)
    match change:
        case CreateTable(table=str(table)):
            return WayBack(loses=(Loss(table, f"the rows of {table}"),))
        case AddColumn(table=str(table), column=column) if column.generated is None:
            name = f"{table}.{column.name}"
            return WayBack(loses=(Loss(name, f"the values of {name}"),))
        case DropColumn(column=name):
            written = _written(step, name, undone_by)
            return WayBack(
                gone=gone,
                fails=_refilled(step, name, undone_by),
                stays=written is not None and _known_not_null(step, name) and written.null is True,
            )
        case AlterColumn():
            return _altered_back(step, change, undone_by, gone)
        case DropConstraint(constraint=constraint):
            return WayBack(stops=(_breaking(change.table, constraint),))
        case DropIndex(index=index) if index.unique or any(
            isinstance(other, AddIndex) and other.index.unique and other.index.name == index.name
            for other in undone_by or ()
        ):
            named = f"the unique index {index.name}" if index.name else "the unique index"
            return WayBack(stops=(f"rows of {change.table} that {named} does not take",))
        case ValidateConstraint():
            return WayBack(stays=True)
        case _:
            return WayBack(gone=gone)


def _gone(step: Step) -> Iterator[Loss]:
    change = step.change
    match change:
        case DropColumn(table=str(table), column=column):
            known = step.table_before.column(column) if step.table_before is not None else None
            if known is None or known.generated is None:
                yield Loss(f"{table}.{column}", f"the values of {table}.{column}")
        case DropTable(table=str(table)):
            yield Loss(table, f"the rows of {table}")
        case AlterColumn(table=str(table), before=Column() as before, after=after):
            name = f"{table}.{after.name}"
            if _converted(step, change, before, after).loses:
                yield Loss(name, f"what does not fit {after.type} in {name}")
            if _fills(step, change, before, after):
                yield Loss(name, f"which rows were NULL in {name}")
        case RunCode(function=function, reverse="noop", writes=(_, *_)):
            yield Loss("?", f"the earlier values of the rows that {function or 'the code'} changed")
        case RunStatement(kind="update" | "delete" | "insert", table=str(table), undone_by=()):
            yield Loss(
                f"{table}.?", f"the earlier values of the rows of {table} that its SQL changed"
            )
        case _:
            pass


# -- columns ------------------------------------------------------------------------------


def _tightens(change: AlterColumn) -> bool:
    """Whether going back makes the column NOT NULL."""
    return change.sets_null and change.after.null is True and change.before is not None


def _filled(step: Step) -> bool:
    """Whether Django has a value for rows without one, when it goes back to NOT NULL."""
    change = step.change
    assert isinstance(change, AlterColumn)
    before = change.before
    return (
        _by_django(step)
        and before is not None
        and (before.client_default or before.server_default is not None)
    )


def _by_django(step: Step) -> bool:
    """Whether a Django operation does it: not Alembic, not SQL."""
    return step.migration.framework is Framework.DJANGO and step.change.model is not None


def _fills(step: Step, change: AlterColumn, before: Column, after: Column) -> bool:
    """Whether the way forward writes a value into the rows that have none."""
    if not change.sets_null or after.null is not False or before.null is False:
        return False
    return change.fills_nulls or (_by_django(step) and after.server_default is not None)


def _converted(step: Step, change: AlterColumn, one: Column, two: Column) -> Conversion:
    """What the change of type from *one* to *two* does, with the casts of who does it."""
    if not change.sets_type or one.type is None or two.type is None or one.type == two.type:
        return Conversion()
    if step.database != "postgresql":
        # What PostgreSQL keeps whole whatever the value is, the others do as well.
        here = conversion(one.type, two.type, using=True)
        return Conversion(loses=here.loses or here.stops or here.refused)
    if not _by_django(step):
        return conversion(one.type, two.type, using=change.using is not None)
    return conversion(one.type, two.type, using=cast_by_django(one.type, two.type))


def _altered_back(
    step: Step,
    change: AlterColumn,
    undone_by: Sequence[SchemaChange] | None,
    gone: tuple[Loss, ...],
) -> WayBack:
    before, after, table = change.before, change.after, change.table
    if before is None or table is None:
        return WayBack(gone=gone)
    name = f"{table}.{after.name}"
    back = next(
        (
            other
            for other in undone_by or ()
            if isinstance(other, AlterColumn)
            and other.sets_type
            and (other.table, other.after.name) == (table, after.name)
        ),
        change if undone_by is None else None,
    )
    loses, stops = [], []
    converted = _converted(step, back, after, before) if back is not None else Conversion()
    if converted.refused:
        return WayBack(
            gone=gone,
            fails=f"PostgreSQL does not convert {after.type} to {before.type} by itself:"
            f" the way back of {name} needs USING",
        )
    if converted.loses:
        loses.append(Loss(name, f"what does not fit {before.type} in {name}"))
    if converted.stops:
        stops.append(f"values of {name} that {before.type} does not take")
    demanded = undone_by is None or any(
        isinstance(other, AlterColumn)
        and other.sets_null
        and (other.table, other.after.name) == (table, after.name)
        for other in undone_by
    )
    if demanded and _tightens(change) and before.null is False:
        if _filled(step):
            loses.append(Loss(name, f"which rows are NULL in {name}"))
        else:
            stops.append(f"rows with NULL in {name}")
    return WayBack(loses=tuple(loses), gone=gone, stops=tuple(stops))


def _written(step: Step, name: str, undone_by: Sequence[SchemaChange] | None) -> Column | None:
    """The dropped column as the written way back adds it."""
    return next(
        (
            other.column
            for other in undone_by or ()
            if isinstance(other, AddColumn)
            and (other.table, other.column.name) == (step.change.table, name)
        ),
        None,
    )


def _known_not_null(step: Step, name: str) -> bool:
    column = step.table_before.column(name) if step.table_before is not None else None
    return column is not None and column.null is False


def _refilled(step: Step, name: str, undone_by: Sequence[SchemaChange] | None) -> str:
    """Why a dropped column cannot come back to a table with rows; empty where it can."""
    table = step.change.table
    column = step.table_before.column(name) if step.table_before is not None else None
    if undone_by is not None:
        column = _written(step, name, undone_by)
    if column is None or column.null is not False or column.generated or column.identity:
        return ""
    if column.server_default is None and not (column.client_default and undone_by is None):
        return _no_value(table, name)
    if column.unique and not column.server_default_volatile:
        return f"going back gives every row of {table} the same {name}, which is unique"
    return ""


def _no_value(table: str | None, name: str) -> str:
    return f"going back makes {table}.{name} NOT NULL and has no value for the rows"


def _breaking(table: str | None, constraint: Constraint) -> str:
    named = f" {constraint.name}" if constraint.name else ""
    columns = f" on {', '.join(constraint.columns)}" if constraint.columns and not named else ""
    kind = constraint.kind.value
    if constraint.kind is ConstraintKind.FOREIGN_KEY:
        return f"rows of {table} that the foreign key{named}{columns} does not take"
    return f"rows of {table} that the {kind} constraint{named}{columns} does not take"
