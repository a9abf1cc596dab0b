"""How each change is taken apart, and why: expand, code, fill, switch, contract."""

from __future__ import annotations

import textwrap
from dataclasses import replace

from analyzers.plan.alembic_as_written import as_written, shortened
from analyzers.plan.alembic_fill import executed, fill
from analyzers.plan.alembic_moved import moved
from analyzers.plan.alembic_pieces import (
    BLOCK,
    CONCURRENTLY,
    Demand,
    Phase,
    Piece,
    Successor,
    add,
    altered,
    at,
    by_hand,
    constraint_added,
    demand,
    drop,
    index_built,
    may_be_null,
)
from analyzers.plan.alembic_statements import source_of, statement_of, with_keyword
from analyzers.plan.alembic_undone import column_again, table_again, undone
from analyzers.relate.alembic_index_source import Unwritable
from analyzers.relate.conversions import cut_by_cast
from analyzers.relate.facts import Facts, Step
from analyzers.relate.locks import leans_on_check, old_code_fails, rewrites_table, takes_default
from analyzers.relate.promised import models_demand, promised
from analyzers.relate.sql_names import named
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AddIndex,
    AlterColumn,
    Column,
    ConstraintKind,
    DropColumn,
    DropTable,
    Index,
    RenameColumn,
    RenameTable,
    RunStatement,
)


def pieces_of(facts: Facts, step: Step, *, anew: bool = False) -> tuple[list[Piece], str]:
    """
    The pieces of one change, and why it cannot go in at once; no reason where it can.

    Written *anew* it does without the author's statement, which does more than this change.
    """
    change = step.change
    if step.created_by is None and change.table is not None:
        try:
            match change:
                case AddColumn() if _demanded(change.column):
                    return _demanded_column(facts, change, step)
                case AddColumn() if _in_models(facts, step, change.column.name):
                    return _new_column(facts, step, change, anew=anew)
                case DropColumn() if not _is_new(facts, step, change.column):
                    return _dropped_column(facts, step, change, anew=anew)
                case DropTable() if facts.base.alembic_model(
                    change.table, step.database, step.migration.path
                ):
                    return _dropped_table(facts, step, change)
                case RenameColumn() if not _is_new(facts, step, change.column):
                    return _renamed_column(step, change)
                case RenameTable() if step.database == "postgresql":
                    return _renamed_table(step, change)
                case AlterColumn() if _made_not_null(change) and not _lived_with(facts, step):
                    return _not_null(facts, change, step)
                case AlterColumn(before=Column() as before) if (
                    step.database == "postgresql"
                    and change.sets_type
                    and rewrites_table(change)
                    and not _is_new(facts, step, before.name)
                ):
                    return _retyped(step, change, before)
                case AlterColumn() if takes_default(change) and (
                    step.models_write is False or _is_new(facts, step, change.after.name)
                ):
                    return _default_dropped(facts, step, change, anew=anew)
                case AlterColumn() if relied_on := _relied_on(facts, step, change):
                    return _relaxed(facts, step, relied_on, anew=anew)
                case AddIndex(concurrently=False, only=False) if (
                    step.database == "postgresql" and not _partitioned(step)
                ):
                    return [_index(facts, step, change)], ""
                case AddConstraint() if step.database == "postgresql":
                    return _constraint(facts, step, change, anew=anew)
                case _:
                    pass
        except Unwritable:
            pass
    if _stops_old_code(step):
        return _without_files(facts, step)
    return as_written(facts, step, anew=anew), ""


def _stops_old_code(step: Step) -> bool:
    """Whether statements of the old code fail once *step* has run, which nothing here takes apart."""
    return (
        isinstance(step.change, RunStatement | RenameTable | AddConstraint)
        and step.created_by is None
        and step.database != "sqlite"
        and old_code_fails(step.change, step.table_before)
    )


def _without_files(facts: Facts, step: Step) -> tuple[list[Piece], str]:
    said = shortened(source_of(facts, step)) or "the change"
    pieces = [
        Piece(
            phase=Phase.CODE,
            what=f"the code lives with what stands before and after `{said}`",
        ),
        Piece(phase=Phase.CONTRACT, what=f"runs {said}"),
    ]
    return by_hand(pieces, f"`{said}`"), f"the code that runs fails as soon as `{said}` has run"


def _is_new(facts: Facts, step: Step, column: str) -> bool:
    """Whether the column comes with the same pull request: no code that runs asks for it."""
    for other in facts.steps:
        if other is step:
            break
        match other.change:
            case AddColumn(table=table, column=made) if (table, made.name) == (
                step.change.table,
                column,
            ):
                return True
            case _:
                pass
    return False


def _partitioned(step: Step) -> bool:
    """Whether the step's table has partitions: what works while writes go on is done to each of these."""
    return step.table_before is not None and step.table_before.partitioned


def _demanded(column: Column) -> bool:
    return (
        column.null is False
        and column.server_default is None
        and not column.identity
        and column.generated is None
    )


def _made_not_null(change: AlterColumn) -> bool:
    was = change.before
    return (
        change.sets_null and change.after.null is False and (was is None or was.null is not False)
    )


def _lived_with(facts: Facts, step: Step) -> bool:
    """Whether the code that runs leaves the column empty no more, and no rows are read for it: a split ends here."""
    change = step.change
    if promised(facts.steps, step):
        return True
    return (
        isinstance(change, AlterColumn)
        and leans_on_check(change, step.table_before)
        and models_demand(facts, step, change.after.name)
    )


def _in_models(facts: Facts, step: Step, column: str) -> bool:
    after = facts.merged.alembic_model(step.change.table, step.database, step.migration.path)
    before = facts.base.alembic_model(step.change.table, step.database, step.migration.path)
    known = before is not None and before.table.column(column) is not None
    return after is not None and after.table.column(column) is not None and not known


def _new_column(
    facts: Facts, step: Step, change: AddColumn, *, anew: bool
) -> tuple[list[Piece], str]:
    name = f"{change.table}.{change.column.name}"
    code = Piece(phase=Phase.CODE, what=f"the models learn {name}")
    reason = f"new code asks for {name} before the revision has run"
    try:
        expand = as_written(facts, step, anew=anew)
    except Unwritable:
        try:
            expand = as_written(facts, step, anew=True)
        except Unwritable:
            return by_hand([Piece(phase=Phase.EXPAND, what=f"adds {name}"), code], name), reason
    if facts.config.deploy.migrate_first:
        return expand, ""
    return [*expand, code], reason


def _filling(facts: Facts, step: Step, table: str, column: Column) -> Piece:
    """Rows that have no value get the models' constant default, or what the author says."""
    model = facts.merged.alembic_model(table, step.database, step.migration.path)
    wanted = model.table.column(column.name) if model is not None else None
    value = column.client_value or (wanted.client_value if wanted is not None else None)
    if value is None and column.server_default != "..." and not _is_unique(step, column):
        value = column.server_default
    asked = "" if value is not None else ", to the value that you write into the file"
    return Piece(
        phase=Phase.FILL,
        what=f"sets {table}.{column.name} where it is NULL, in batches{asked}",
        up=tuple(fill(table, step.table_before, column.name, value, step.database)),
    )


def _is_unique(step: Step, column: Column) -> bool:
    """Whether one value for all rows may be refused."""
    before = step.table_before
    if column.unique or before is None:
        return column.unique
    return any(i.unique and column.name in " ".join(i.columns) for i in before.indexes) or any(
        k.kind is ConstraintKind.UNIQUE and column.name in k.columns for k in before.constraints
    )


def _demanded_column(facts: Facts, change: AddColumn, step: Step) -> tuple[list[Piece], str]:
    table, column = change.table or "", change.column
    name = f"{table}.{column.name}"
    pieces = [
        Piece(
            phase=Phase.EXPAND, what=f"adds {name} as nullable", down=(drop(table, column.name),)
        ),
        Piece(phase=Phase.CODE, what=f"every insert sets {name}"),
        _filling(facts, step, table, column),
        demand(table, column.name, step.database),
    ]
    reason = f"old code inserts rows without {name}"
    try:
        pieces[0] = replace(pieces[0], up=(add(table, column, null=True),))
    except Unwritable:
        return by_hand(pieces, name), reason
    return pieces, reason


def _not_null(facts: Facts, change: AlterColumn, step: Step) -> tuple[list[Piece], str]:
    table, column = change.table or "", change.after
    name = f"{table}.{column.name}"
    reason = f"old code may still write NULL to {name}"
    pieces = [
        Piece(
            phase=Phase.CODE,
            what=f"no statement leaves {name} empty any more",
            demand=Demand(table=table, column=column.name, database=step.database),
        ),
        _filling(facts, step, table, column),
        demand(table, column.name, step.database),
    ]
    if change.sets_type and rewrites_table(change):
        return by_hand(pieces, name), reason
    if change.sets_type or change.sets_default:
        kept = replace(change, sets_null=False)
        typed, told = change.sets_type, change.sets_default
        try:
            up = (altered(table, column, sets_type=typed, sets_default=told),)
        except Unwritable:
            return by_hand(pieces, name), reason
        what = f"gives {name} its {'default' if not change.sets_type else 'type'}"
        down = undone(kept, step.table_before)
        pieces.insert(0, Piece(phase=Phase.EXPAND, what=what, up=up, down=down))
    return pieces, reason


def _default_dropped(
    facts: Facts, step: Step, change: AlterColumn, *, anew: bool
) -> tuple[list[Piece], str]:
    """The default of a NOT NULL column goes, to which the models on the base leave it."""
    if step.eased_by is not None:
        return as_written(facts, step, anew=anew), ""
    name = f"{change.table}.{change.after.name}"
    pieces = [
        Piece(phase=Phase.CODE, what=f"every insert sets {name}"),
        *(replace(p, phase=Phase.CONTRACT) for p in as_written(facts, step, anew=anew)),
    ]
    return pieces, f"old code leaves {name} to the default that goes"


def _relied_on(facts: Facts, step: Step, change: AlterColumn) -> str:
    """What new code counts on that *change* brings, as the models of both sides say; empty where it is nothing."""
    name, was = change.after.name, change.before
    before = facts.base.alembic_model(change.table, step.database, step.migration.path)
    after = facts.merged.alembic_model(change.table, step.database, step.migration.path)
    old = before.table.column(name) if before is not None else None
    new = after.table.column(name) if after is not None else None
    if old is None or new is None or was is None or was.null is not False:
        return ""
    if change.sets_null and change.after.null and old.null is False and new.null:
        return f"new code may write NULL to {change.table}.{name} before the revision has run"
    gets = change.sets_default and was.server_default is None and old.server_default is None
    if gets and new.server_default is not None and not new.client_default:
        return f"new code leaves {change.table}.{name} to a default that is not there before the revision has run"
    return ""


def _relaxed(facts: Facts, step: Step, reason: str, *, anew: bool) -> tuple[list[Piece], str]:
    alone = as_written(facts, step, anew=anew)
    if not alone or facts.config.deploy.migrate_first:
        return alone, ""
    assert isinstance(step.change, AlterColumn)
    name = f"{step.change.table}.{step.change.after.name}"
    code = Piece(phase=Phase.CODE, what=f"the models learn what {name} may be")
    return [*alone, code], reason


def _dropped_column(
    facts: Facts, step: Step, change: DropColumn, *, anew: bool
) -> tuple[list[Piece], str]:
    table = change.table or ""
    name = f"{table}.{change.column}"
    model = facts.base.alembic_model(table, step.database, step.migration.path)
    if model is not None and model.table.complete and model.table.column(change.column) is None:
        return as_written(facts, step, anew=anew), ""
    before = step.table_before.column(change.column) if step.table_before else None
    pieces = []
    if before is not None and _demanded(before):
        # Code that does not know the column inserts rows without it.
        pieces.append(
            Piece(
                phase=Phase.EXPAND,
                what=f"lets {name} be NULL",
                up=(may_be_null(table, change.column, null=True),),
                down=(may_be_null(table, change.column, null=False),),
            )
        )
    pieces.append(Piece(phase=Phase.CODE, what=f"code and models no longer know {name}"))
    pieces.append(
        Piece(
            phase=Phase.CONTRACT,
            what=f"drops {name}",
            up=(drop(table, change.column),),
            down=column_again(step.table_before, table, change.column),
        )
    )
    return pieces, f"old code still asks for {name}"


def _dropped_table(facts: Facts, step: Step, change: DropTable) -> tuple[list[Piece], str]:
    try:
        source = as_written(facts, step)
    except Unwritable:
        source = []
    pieces = [
        Piece(phase=Phase.CODE, what=f"code and models no longer know {change.table}"),
        Piece(
            phase=Phase.CONTRACT,
            what=f"drops {change.table}",
            before=source[0].before if source else (),
            up=source[0].up if source else (f"op.drop_table({''.join(at(change.table or ''))})",),
            down=table_again(step.table_before),
            needs=source[0].needs if source else (),
        ),
    ]
    return pieces, f"old code still asks for {change.table}"


def _renamed_column(step: Step, change: RenameColumn) -> tuple[list[Piece], str]:
    table, old, new = change.table or "", change.column, change.new_name
    before = step.table_before.column(old) if step.table_before else None
    beside = replace(before, name=new, null=True) if before is not None else None
    pieces = moved(step, table, before, beside, old, new, named(old))
    return pieces, f"old code asks for {table}.{old}, new code for {new}: one of them fails"


def _retyped(step: Step, change: AlterColumn, before: Column) -> tuple[list[Piece], str]:
    """A second column of the new type; the models' attribute keeps its name and is told the column's."""
    table, old, new = change.table or "", before.name, f"{before.name}_new"
    if before.primary_key:
        raise Unwritable
    beside = replace(
        before,
        name=new,
        null=True,
        type=change.after.type,
        makes_type=change.after.makes_type,
        server_default=change.after.server_default,
    )
    # What a cast would cut off is to stop the copy, as it stops ALTER COLUMN; but types that differ
    # are compared by a cast alone, and blanks at the end of a char(n) as it has them.
    cut = cut_by_cast(before.type or "", change.after.type or "")
    cast = f"CAST({named(old)} AS {change.after.type})"
    source = change.using or (named(old) if cut else cast)
    compared = cast if cut and not change.using and step.database == "postgresql" else None
    plain = None if change.sets_null else beside
    successor = Successor(table=table, old=old, new=new, database=step.database)
    pieces = [
        replace(piece, successor=successor) if piece.phase is Phase.SWITCH else piece
        for piece in moved(step, table, before, plain, old, new, source, compared)
    ]
    why = f"{table}.{old} changes from {before.type} to {change.after.type}: every row is written anew while reads and writes wait"
    return pieces, why


def _renamed_table(step: Step, change: RenameTable) -> tuple[list[Piece], str]:
    old, new = change.table or "", change.new_name
    (before, schema), (after, there) = at(old), at(new)
    if schema != there:
        raise Unwritable
    state = step.table_before
    known = state.columns if state is not None and state.complete else ()
    # Named one by one, the view does not lean on a column that comes later.
    columns = ", ".join(named(column.name) for column in known) or "*"
    view = executed(f"CREATE VIEW {named(old)} AS SELECT {columns} FROM {named(new)}")
    drop = executed(f"DROP VIEW {named(old)}")
    pieces = [
        Piece(
            phase=Phase.EXPAND,
            what=f"renames {old} to {new} and leaves a view of the old name",
            up=(
                f"op.rename_table({before}, {after}{schema})",
                view,
            ),
            down=(drop, f"op.rename_table({after}, {before}{schema})"),
        ),
        Piece(phase=Phase.CODE, what=f"code and models say {new}"),
        Piece(
            phase=Phase.CONTRACT,
            what=f"drops the view {old}",
            up=(drop,),
            down=(view,),
        ),
    ]
    return pieces, f"old code asks for {old}, new code for {new}: one of them fails"


def _index(facts: Facts, step: Step, change: AddIndex) -> Piece:
    """
    The index, built while writes go on; by the author's call where that says more than is known here.

    Raises:
        Unwritable: it is made by something else.

    """
    try:
        return index_built(change.index, change.table or "")
    except Unwritable:
        written = statement_of(facts, step)
        name = change.index.name
        call = with_keyword(written.itself.text, "create_index", CONCURRENTLY) if written else None
        if written is None or call is None or name is None:
            raise
        bare = index_built(Index(name=name, columns=("id",)), change.table or "")
        up = (BLOCK, *textwrap.indent(call, "    ").splitlines())
        return replace(bare, before=written.before, up=up, needs=written.needs)


def _constraint(
    facts: Facts, step: Step, change: AddConstraint, *, anew: bool
) -> tuple[list[Piece], str]:
    piece = constraint_added(change.constraint, change.table or "")
    return ([piece] if piece is not None else as_written(facts, step, anew=anew)), ""
