"""Changes of one pull request that cannot be taken apart one by one, as they work on one column or table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzers.relate.facts import Step
from analyzers.relate.locks import rewrites_table
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AddIndex,
    AlterColumn,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    RenameColumn,
    RenameTable,
    SchemaChange,
)

_Name = tuple[str | None, str]


def entangled(steps: Sequence[tuple[Step, bool]]) -> str:
    """
    Why no files can be written for *steps*, each given with whether it is taken apart; empty where they can.

    The statements of one do not know of a name that another one changes, nor of a column
    that it puts into a place of its own.
    """
    by_column: dict[_Name, list[tuple[Step, bool]]] = {}
    by_table: dict[str | None, list[tuple[Step, bool]]] = {}
    for step, apart in steps:
        change = step.change
        for name in _columns(step):
            for other, other_apart in by_column.get(name, ()):
                if (apart or other_apart) and not _agree(other.change, change):
                    return _by_hand(f"{name[0]}.{name[1]} is changed twice")
            by_column.setdefault(name, []).append((step, apart))
        earlier = by_table.setdefault(change.table, [])
        match change:
            case RenameTable() if any(other_apart for _, other_apart in earlier):
                return _by_hand(f"{change.table} is changed and renamed")
            case RenameTable(new_name=new):
                by_table.setdefault(new, []).append((step, apart))
            case CreateTable(table=str(table)) if any(
                isinstance(other.change, RenameTable | DropTable) and other_apart
                for other, other_apart in earlier
            ):
                return _by_hand(f"{table} goes and another table takes its name")
            case AlterColumn(sets_type=True) if any(
                isinstance(other.change, RenameTable) for other, _ in earlier
            ):
                return _by_hand(f"{change.table} is renamed, and a column of it gets another type")
            case _:
                pass
        earlier.append((step, apart))
    return ""


def _by_hand(why: str) -> str:
    return f"{why} in one pull request: no files are written for it; bring each change in a pull request of its own"


def _columns(step: Step) -> Iterator[_Name]:
    """The columns that the change of *step* makes, changes or stands on."""
    change, before = step.change, step.table_before
    table = change.table
    match change:
        case AddColumn(column=column):
            yield table, column.name
        case AlterColumn(after=column):
            yield table, column.name
        case DropColumn(column=name):
            yield table, name
        case RenameColumn(column=old, new_name=new):
            yield from ((table, old), (table, new))
        case AddIndex(index=index):
            yield from ((table, name) for name in index.columns)
        case AddConstraint(constraint=constraint) | DropConstraint(constraint=constraint):
            yield from ((table, name) for name in constraint.columns)
        case DropIndex(index=index) if before is not None:
            known = next((i for i in before.indexes if i.name == index.name), index)
            yield from ((table, name) for name in known.columns)
        case _:
            pass


def _agree(one: SchemaChange, two: SchemaChange) -> bool:
    """Whether *two*, taken apart by itself, still fits what has become of *one* by then."""
    match one, two:
        case (AddColumn(column=made), AlterColumn(sets_null=True, after=after)) if after.null:
            # Demanded at first, it would be demanded again in the end.
            return made.null is not False
        case (AddColumn(), AlterColumn() | AddIndex() | AddConstraint()):
            return True
        case (RenameColumn(new_name=new), AddIndex(index=index)):
            return new in index.columns
        case (RenameColumn(new_name=new), AddConstraint(constraint=limit)):
            return new in limit.columns
        case (
            AlterColumn() as moved,
            AddIndex() | AddConstraint() | DropIndex() | DropConstraint(),
        ) if not _moves(moved):
            return True
        case (AddIndex() | AddConstraint() | DropIndex() | DropConstraint(), _):
            # What stands on the column is known by then.
            return True
        case (AlterColumn() as first, AlterColumn() as second):
            twice = (
                (first.sets_type and second.sets_type)
                or (first.sets_null and second.sets_null)
                or (first.sets_default and second.sets_default)
            )
            return not (twice or _moves(first) or _moves(second))
        case _:
            return False


def _moves(change: AlterColumn) -> bool:
    """Whether a column of the other type is made beside the old one."""
    return change.sets_type and rewrites_table(change)
