"""The tables that a chain of revisions makes: changes played in order, with what is not known marked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from analyzers.relate.column_types import same_type
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
    Index,
    RenameColumn,
    RenameIndex,
    RenameTable,
    SchemaChange,
    Table,
    UnknownChange,
    ValidateConstraint,
)

_SUFFIX = {
    ConstraintKind.UNIQUE: "key",
    ConstraintKind.FOREIGN_KEY: "fkey",
    ConstraintKind.CHECK: "check",
    ConstraintKind.EXCLUDE: "excl",
}


@dataclass(slots=True)
class TableState:
    """One table as the revisions so far have made it."""

    name: str
    columns: dict[str, Column] = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)
    constraints: list[Constraint] = field(default_factory=list)
    doubtful: set[ConstraintKind] = field(default_factory=set)
    """Kinds of which one was dropped that is not known."""
    complete: bool = True
    partitioned: bool = False

    def constraint(self, name: str | None) -> Constraint | None:
        """The constraint that the database calls *name*."""
        return next(
            (c for c in self.constraints if name is not None and name in _names_of(self.name, c)),
            None,
        )

    def bare(self, said: str) -> str:
        """The name of what SQL calls *said*, if that is in the table's schema; else *said*."""
        schema, _, name = said.rpartition(".")
        return name if schema in {"", self.name.rpartition(".")[0]} else said

    def table(self) -> Table:
        """The table in the vocabulary's words."""
        return Table(
            name=self.name,
            columns=tuple(self.columns.values()),
            indexes=tuple(self.indexes.values()),
            constraints=tuple(self.constraints),
            complete=self.complete,
            partitioned=self.partitioned,
        )


@dataclass(slots=True)
class Tables:
    """All tables; ``doubtful`` where something was done that could not be read."""

    tables: dict[str, TableState] = field(default_factory=dict)
    doubtful: bool = False
    unread: set[str] = field(default_factory=set)
    """The words of the revisions that do something which could not be read."""
    keyed_unread: set[str] = field(default_factory=set)
    """The words of the revisions that add or drop a constraint of a table which is not known."""
    spoken: set[str] = field(default_factory=set)
    """Every table that a revision does something to, made by one or not, but for those that are gone in the end."""
    apart: list[SchemaChange] = field(default_factory=list)
    """What becomes of tables that none makes, in order."""
    dropped: list[SchemaChange] = field(default_factory=list)
    """The ends of such tables; some are made anew afterwards, where nobody sees it."""
    once: dict[str, str] = field(default_factory=dict)
    """What tables were called before they were put out of the way, by the name they have now."""

    def get(self, name: str | None) -> TableState | None:
        return self.tables.get(name) if name else None

    def play_all(self, changes: Iterable[SchemaChange]) -> None:
        for change in changes:
            self.play(change)

    def play(self, change: SchemaChange) -> None:
        """Take *change* in; what does not fit (a column of an unknown table) is passed over."""
        if change.table is not None:
            self.spoken.add(change.table)
        match change:
            case CreateTable(table=str(name)):
                if name not in self.tables:
                    self.tables[name] = _created(name, change)
            case DropTable(table=str(name)):
                if self.tables.pop(name, None) is None:
                    self.dropped.append(change)
                self.spoken.discard(name)
                if (copied := self.once.pop(name, None)) in self.tables:
                    # SQLite's way to alter a table: a new one takes the name, the old one goes.
                    # What referred to it refers to that name.
                    self._refer(name, copied)
            case RenameTable(table=str(name), new_name=new):
                self._rename_table(name, new)
            case DropIndex(table=None, index=Index(name=str(index))):
                for state in self.tables.values():
                    state.indexes.pop(state.bare(index), None)
            case RenameIndex(table=None, old_name=str(old)):
                for state in self.tables.values():
                    _change(state, replace(change, old_name=state.bare(old)))
            case UnknownChange(table=None):
                self.doubtful = True
            case _:
                table = self.get(self._meant(change.table)) if change.table else None
                if table is not None:
                    _change(table, change)
                    table.constraints = [self._full(c) for c in table.constraints]
                elif change.table is not None:
                    self.apart.append(change)

    def _meant(self, name: str) -> str:
        """*name*, with its schema where the search path supplies it: the only one that has such a table."""
        if name in self.tables or "." in name:
            return name
        found = [full for full in self.tables if full.rpartition(".")[2] == name]
        return found[0] if len(found) == 1 else name

    def _full(self, constraint: Constraint) -> Constraint:
        to = constraint.references
        if to is None or to.table in self.tables:
            return constraint
        return replace(constraint, references=replace(to, table=self._meant(to.table)))

    def _rename_table(self, old: str, new: str) -> None:
        self.spoken.discard(old)
        self.spoken.add(new)
        state = self.tables.pop(old, None)
        if state is None:
            return
        state.name = new
        self.tables[new] = state
        self.once[new] = self.once.pop(old, old)
        self._refer(old, new)

    def _refer(self, old: str, new: str) -> None:
        """Let what refers to the table *old* refer to *new*."""
        for other in self.tables.values():
            other.constraints = [
                replace(c, references=replace(c.references, table=new))
                if c.references is not None and c.references.table == old
                else c
                for c in other.constraints
            ]


def _created(name: str, change: CreateTable) -> TableState:
    state = TableState(name, partitioned=change.partitioned)
    keys = {
        of
        for constraint in change.constraints
        if constraint.kind is ConstraintKind.PRIMARY_KEY
        for of in constraint.columns
    }
    for column in change.columns:
        keyed = replace(column, primary_key=True, null=False) if column.name in keys else column
        state.columns[column.name] = keyed
        if column.unique and not column.indexed:
            state.constraints.append(_unique(column.name))
    state.constraints += change.constraints
    for index in change.indexes:
        state.indexes[index.name or f"?{len(state.indexes)}"] = index
    return state


def _unique(column: str) -> Constraint:
    return Constraint(kind=ConstraintKind.UNIQUE, name=None, columns=(column,))


def _change(state: TableState, change: SchemaChange) -> None:
    match change:
        case AddColumn(column=column):
            state.columns.setdefault(column.name, column)
        case DropColumn(column=name):
            state.columns.pop(name, None)
            state.indexes = {k: i for k, i in state.indexes.items() if name not in i.columns}
            state.constraints = [c for c in state.constraints if name not in c.columns]
        case RenameColumn(column=old, new_name=new, whole=whole):
            if whole is not None and old in state.columns:
                beside = AlterColumn(
                    place=change.place, table=change.table, before=None, after=whole, whole=whole
                )
                state.columns[old] = altered(state.columns[old], beside)
            _rename_column(state, old, new)
        case AlterColumn(after=after):
            before = state.columns.get(after.name)
            if before is not None:
                state.columns[after.name] = altered(before, change)
        case AddIndex(index=index):
            state.indexes[index.name or f"?{len(state.indexes)}"] = index
        case DropIndex(index=index):
            if index.name is not None:
                state.indexes.pop(index.name, None)
                # A unique constraint's index goes with the constraint, and by its name.
                state.constraints = [c for c in state.constraints if c.name != index.name]
        case RenameIndex(old_name=str(old), new_name=str(new)):
            if old in state.indexes:
                state.indexes[new] = replace(state.indexes.pop(old), name=new)
            # A constraint's index goes by the constraint's name, and takes it along.
            state.constraints = [
                replace(c, name=new) if old in _names_of(state.name, c) else c
                for c in state.constraints
            ]
        case AddConstraint(constraint=constraint):
            state.constraints.append(constraint)
            if constraint.kind is ConstraintKind.PRIMARY_KEY:
                for name in constraint.columns:
                    if name in state.columns:
                        keyed = replace(state.columns[name], primary_key=True, null=False)
                        state.columns[name] = keyed
        case DropConstraint(constraint=constraint):
            _drop_constraint(state, constraint)
        case ValidateConstraint(name=name):
            state.constraints = [
                replace(c, validated=True) if c.name == name else c for c in state.constraints
            ]
        case UnknownChange():
            state.complete = False
        case _:
            pass


def altered(before: Column, change: AlterColumn) -> Column:
    """*before* with what *change* sets."""
    change = with_what_is_lost(before, change)
    after = before
    if change.sets_type:
        after = replace(after, type=change.after.type)
    if change.sets_null:
        after = replace(after, null=change.after.null)
    if change.sets_default:
        after = replace(
            after,
            server_default=change.after.server_default,
            server_default_volatile=change.after.server_default_volatile,
        )
    return after


def with_what_is_lost(before: Column, change: AlterColumn) -> AlterColumn:
    """
    *change*, setting what MySQL sets beside what is asked for.

    It writes all of a column: a NOT NULL or a default that is not said again is gone,
    and a type is what ``existing_type`` says.
    """
    whole = change.whole
    if whole is None:
        return change
    after = change.after
    if not change.sets_type and not same_type(before.type, whole.type):
        change = replace(change, sets_type=True, after=(after := replace(after, type=whole.type)))
    # A key has no NULL, nor has what counts for itself.
    free = not before.primary_key and not before.identity
    if not change.sets_null and before.null is False and whole.null and free:
        change = replace(change, sets_null=True, after=(after := replace(after, null=True)))
    lost = before.server_default is not None and whole.server_default is None
    if not change.sets_default and lost:
        after = replace(after, server_default=None, server_default_volatile=None)
        change = replace(change, sets_default=True, after=after)
    return change


def _rename_column(state: TableState, old: str, new: str) -> None:
    if old not in state.columns:
        return
    state.columns = {
        (new if name == old else name): (replace(column, name=new) if name == old else column)
        for name, column in state.columns.items()
    }

    def renamed(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if name == old else name for name in names)

    state.indexes = {
        key: replace(index, columns=renamed(index.columns)) for key, index in state.indexes.items()
    }
    state.constraints = [replace(c, columns=renamed(c.columns)) for c in state.constraints]


def _drop_constraint(state: TableState, dropped: Constraint) -> None:
    kept = [c for c in state.constraints if dropped.name not in _names_of(state.name, c)]
    if dropped.name is None or len(kept) == len(state.constraints):
        # Not one that is known: which of its kind are left is open.
        state.doubtful.update({dropped.kind, ConstraintKind.UNIQUE, ConstraintKind.FOREIGN_KEY})
    state.constraints = kept


def _names_of(table: str, constraint: Constraint) -> set[str | None]:
    """The name that a constraint has; without one of its own, PostgreSQL's way of making one."""
    if constraint.name is not None:
        return {constraint.name}
    bare = table.rpartition(".")[2]
    if constraint.kind is ConstraintKind.PRIMARY_KEY:
        return {f"{bare}_pkey"}
    suffix = _SUFFIX[constraint.kind]
    return {f"{bare}_{'_'.join(constraint.columns)}_{suffix}"}
