"""How each change is taken apart, and why: expand, code, fill, switch, contract."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from analyzers.limits import PLANNED_DEPTH
from analyzers.plan.alembic_fill import copied, executed, fill, named
from analyzers.plan.alembic_pieces import (
    Phase,
    Piece,
    add,
    at,
    constraint_added,
    demand,
    drop,
    index_built,
    may_be_null,
)
from analyzers.plan.definitions import defines
from analyzers.read.sources import Unparsed, deeper_than, parse
from analyzers.relate.alembic_index_source import Unwritable
from analyzers.relate.facts import Facts, Step
from analyzers.relate.locks import rewrites_table
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AddIndex,
    AlterColumn,
    Column,
    CreateTable,
    DropColumn,
    DropTable,
    Index,
    RenameColumn,
    RenameTable,
    RunCode,
    RunStatement,
    SchemaChange,
)


def pieces_of(facts: Facts, step: Step) -> tuple[list[Piece], str]:
    """The pieces of one change, and why it cannot go in at once; no reason where it can."""
    change = step.change
    if step.created_by is None and change.table is not None:
        try:
            match change:
                case AddColumn() if _demanded(change.column):
                    return _demanded_column(facts, change, step)
                case AddColumn() if _in_models(facts, step, change.column.name):
                    return _new_column(facts, step, change)
                case DropColumn():
                    return _dropped_column(facts, step, change)
                case DropTable() if facts.base.alembic_model(
                    change.table, step.database, step.migration.path
                ):
                    return _dropped_table(facts, step, change)
                case RenameColumn():
                    return _renamed_column(step, change)
                case RenameTable() if step.database == "postgresql":
                    return _renamed_table(change)
                case AlterColumn() if _made_not_null(change):
                    return _not_null(facts, change, step)
                case AlterColumn(before=Column() as before) if (
                    step.database == "postgresql" and change.sets_type and rewrites_table(change)
                ):
                    return _retyped(step, change, before)
                case AddIndex(concurrently=False, only=False) if (
                    step.database == "postgresql" and not _partitioned(step)
                ):
                    return [index_built(change.index, change.table)], ""
                case AddConstraint() if step.database == "postgresql":
                    return _constraint(facts, step, change)
                case _:
                    pass
        except Unwritable:
            pass
    return _as_it_is(facts, step), ""


def _partitioned(step: Step) -> bool:
    """Whether the step's table has partitions: what works while writes go on is done to each of these."""
    return step.table_before is not None and step.table_before.partitioned


def _as_it_is(facts: Facts, step: Step) -> list[Piece]:
    """The change as the author wrote it; moved rows come in their own phase."""
    source = source_of(facts, step)
    if source is None:
        return []
    moves = isinstance(step.change, RunCode | RunStatement) and not defines([step.change])
    phase = Phase.FILL if moves else Phase.EXPAND
    first = _first_line(source)
    what, down = _said_and_undone(step.change)
    what = what or f"runs {first if len(first) <= 60 else first[:57] + '...'}"
    return [Piece(phase=phase, what=what, up=(source,), down=down)]


def _said_and_undone(change: SchemaChange) -> tuple[str, tuple[str, ...]]:
    """What *change* does, in words, and the statement that takes it back; empty where neither is plain."""
    match change:
        case CreateTable(table=str(table)):
            return f"creates {table}", (f"op.drop_table({_name(table)})",)
        case AddColumn(table=str(table), column=column):
            return f"adds {table}.{column.name}", (drop(table, column.name),)
        case AddIndex(table=str(table), index=Index(name=str(name))):
            return f"builds {name}", (f'op.drop_index("{name}", table_name={_name(table)})',)
        case _:
            return "", ()


def _name(table: str) -> str:
    """*table* as the arguments of an operation."""
    schema, _, bare = table.rpartition(".")
    return f'"{bare}", schema="{schema}"' if schema else f'"{bare}"'


def _first_line(source: str) -> str:
    """What *source* begins with, the blocks around it left aside."""
    module = parse(source.encode())
    if isinstance(module, Unparsed) or not module.body:
        return source.splitlines()[0]
    statement = module.body[0]
    while isinstance(statement, ast.With):
        statement = statement.body[0]
    return ast.unparse(statement).splitlines()[0]


@lru_cache(maxsize=4)
def _upgrade(content: bytes) -> tuple[Sequence[ast.stmt], tuple[str, ...]]:
    """The statements of ``upgrade`` and the lines of its file, which is asked for each change in turn."""
    module = parse(content)
    if isinstance(module, Unparsed) or deeper_than(module, PLANNED_DEPTH):
        return (), ()
    functions = (s for s in module.body if isinstance(s, ast.FunctionDef) and s.name == "upgrade")
    upgrade = next(functions, None)
    lines = tuple(content.decode("utf-8", "replace").splitlines())
    return (upgrade.body if upgrade is not None else ()), lines


def source_of(facts: Facts, step: Step) -> str | None:
    """
    The statement of ``upgrade`` at the change's place, dedented.

    Of a batch it is the one call, in a batch of its own: the other calls have their own changes.
    """
    path = step.migration.path
    content = facts.merged.tree.read(path)
    upgrade, lines = _upgrade(content)
    statement = _at(upgrade, step.change.place.line)
    if statement is None:
        return None
    kept: list[str] = []
    while isinstance(statement, ast.With) and _may_be_divided(statement):
        inner = _at(statement.body, step.change.place.line)
        if inner is None:
            break
        kept += lines[statement.lineno - 1 : statement.body[0].lineno - 1]
        statement = inner
    kept += lines[statement.lineno - 1 : statement.end_lineno]
    return textwrap.dedent("\n".join(kept))


def _at(body: Sequence[ast.stmt], line: int) -> ast.stmt | None:
    return next((s for s in body if s.lineno <= line <= (s.end_lineno or s.lineno)), None)


_DIVIDED = ("batch_alter_table", "autocommit_block")


def _may_be_divided(block: ast.With) -> bool:
    """Whether each statement in *block* stands for itself, on lines of its own."""
    calls = [item.context_expr for item in block.items]
    return (
        all(
            isinstance(c, ast.Call)
            and isinstance(c.func, ast.Attribute)
            and c.func.attr in _DIVIDED
            for c in calls
        )
        and all(isinstance(inner, ast.Expr | ast.With) for inner in block.body)
        and block.body[0].lineno > max(c.end_lineno or c.lineno for c in calls)
    )


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


def _in_models(facts: Facts, step: Step, column: str) -> bool:
    after = facts.merged.alembic_model(step.change.table, step.database, step.migration.path)
    before = facts.base.alembic_model(step.change.table, step.database, step.migration.path)
    known = before is not None and before.table.column(column) is not None
    return after is not None and after.table.column(column) is not None and not known


def _new_column(facts: Facts, step: Step, change: AddColumn) -> tuple[list[Piece], str]:
    name = f"{change.table}.{change.column.name}"
    as_written = _as_it_is(facts, step)
    if not as_written or facts.config.deploy.migrate_first:
        return as_written, ""
    back = drop(change.table or "", change.column.name)
    expand = Piece(phase=Phase.EXPAND, what=f"adds {name}", up=as_written[0].up, down=(back,))
    code = Piece(phase=Phase.CODE, what=f"the models learn {name}")
    return [expand, code], f"new code asks for {name} before the revision has run"


def _filling(facts: Facts, step: Step, table: str, column: Column) -> Piece:
    """Rows that have no value get the models' constant default, or what the author says."""
    model = facts.merged.alembic_model(table, step.database, step.migration.path)
    wanted = model.table.column(column.name) if model is not None else None
    value = column.client_value or (wanted.client_value if wanted is not None else None)
    asked = "" if value is not None else ", to the value that you write into the file"
    return Piece(
        phase=Phase.FILL,
        what=f"sets {table}.{column.name} where it is NULL, in batches{asked}",
        up=tuple(fill(table, step.table_before, column.name, value, step.database)),
    )


def _demanded_column(facts: Facts, change: AddColumn, step: Step) -> tuple[list[Piece], str]:
    table, column = change.table or "", change.column
    name = f"{table}.{column.name}"
    pieces = [
        Piece(
            phase=Phase.EXPAND,
            what=f"adds {name} as nullable",
            up=(add(table, column, null=True),),
            down=(drop(table, column.name),),
        ),
        Piece(phase=Phase.CODE, what=f"every insert sets {name}"),
        _filling(facts, step, table, column),
        demand(table, column.name, step.database),
    ]
    return pieces, f"old code inserts rows without {name}"


def _not_null(facts: Facts, change: AlterColumn, step: Step) -> tuple[list[Piece], str]:
    table, column = change.table or "", change.after.name
    name = f"{table}.{column}"
    pieces = [
        Piece(phase=Phase.CODE, what=f"no statement leaves {name} empty any more"),
        _filling(facts, step, table, change.after),
        demand(table, column, step.database),
    ]
    return pieces, f"old code may still write NULL to {name}"


def _dropped_column(facts: Facts, step: Step, change: DropColumn) -> tuple[list[Piece], str]:
    table = change.table or ""
    name = f"{table}.{change.column}"
    model = facts.base.alembic_model(table, step.database, step.migration.path)
    if model is not None and model.table.complete and model.table.column(change.column) is None:
        return _as_it_is(facts, step), ""
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
    try:
        back: tuple[str, ...] = (add(table, before, null=True),) if before is not None else ()
    except Unwritable:
        back = ()
    pieces.append(
        Piece(
            phase=Phase.CONTRACT,
            what=f"drops {name}",
            up=(drop(table, change.column),),
            down=back,
        )
    )
    return pieces, f"old code still asks for {name}"


def _dropped_table(facts: Facts, step: Step, change: DropTable) -> tuple[list[Piece], str]:
    source = _as_it_is(facts, step)
    pieces = [
        Piece(phase=Phase.CODE, what=f"code and models no longer know {change.table}"),
        Piece(
            phase=Phase.CONTRACT,
            what=f"drops {change.table}",
            up=source[0].up if source else (f'op.drop_table("{change.table}")',),
        ),
    ]
    return pieces, f"old code still asks for {change.table}"


def _renamed_column(step: Step, change: RenameColumn) -> tuple[list[Piece], str]:
    table, old, new = change.table or "", change.column, change.new_name
    before = step.table_before.column(old) if step.table_before else None
    if before is None:
        raise Unwritable
    pieces = _moved(step, table, before, replace(before, name=new, null=True), named(old))
    return pieces, f"old code asks for {table}.{old}, new code for {new}: one of them fails"


def _retyped(step: Step, change: AlterColumn, before: Column) -> tuple[list[Piece], str]:
    """A second column of the new type; the models' attribute keeps its name and is told the column's."""
    table, old, new = change.table or "", before.name, f"{before.name}_new"
    if before.primary_key or change.sets_null:
        raise Unwritable
    beside = replace(
        before,
        name=new,
        null=True,
        type=change.after.type,
        server_default=change.after.server_default,
    )
    source = change.using or f"CAST({named(old)} AS {change.after.type})"
    pieces = _moved(step, table, before, beside, source)
    why = f"{table}.{old} changes from {before.type} to {change.after.type}: every row is written anew while reads and writes wait"
    return pieces, why


def _moved(step: Step, table: str, before: Column, beside: Column, source: str) -> list[Piece]:
    """From the column *before* to *beside*, which gets the value of *source*."""
    old, new = before.name, beside.name
    filling = Piece(
        phase=Phase.FILL,
        what=f"copies {table}.{old} to {new} in batches",
        up=tuple(copied(table, step.table_before, source, new, step.database)),
    )
    return [
        Piece(
            phase=Phase.EXPAND,
            what=f"adds {table}.{new} beside {old}",
            up=(add(table, beside),),
            down=(drop(table, new),),
        ),
        Piece(phase=Phase.CODE, what=f"writes go to {old} and {new}, reads stay with {old}"),
        filling,
        *_taken_over(step, table, before, new),
        Piece(phase=Phase.SWITCH, what=f"reads and writes go to {table}.{new} alone"),
        Piece(
            phase=Phase.CONTRACT,
            what=f"drops {table}.{old}",
            up=(drop(table, old),),
            down=(add(table, before, null=True),),
        ),
    ]


def _taken_over(step: Step, table: str, old: Column, new: str) -> Iterator[Piece]:
    """
    What stands on the column *old*, for *new* as well; *old* is demanded no longer.

    Raises:
        Unwritable: it is part of something that has several columns, or an expression.

    """
    state, bare = step.table_before, table.rpartition(".")[2]
    for index in state.indexes if state is not None else ():
        if old.name in index.columns:
            if len(index.columns) > 1 or step.database != "postgresql":
                raise Unwritable
            made = replace(index, name=f"ix_{bare}_{new}", columns=(new,))
            yield replace(index_built(made, table), phase=Phase.FILL)
    for constraint in state.constraints if state is not None else ():
        if old.name not in constraint.columns and old.name not in (constraint.expression or ""):
            continue
        if len(constraint.columns) != 1 or step.database != "postgresql":
            raise Unwritable
        made_one = replace(constraint, name=None, columns=(new,))
        piece = constraint_added(made_one, table)
        if piece is None:
            raise Unwritable
        yield replace(piece, phase=Phase.FILL)
    if old.null is False and not old.primary_key:
        yield replace(demand(table, new, step.database), phase=Phase.FILL)
        yield Piece(
            phase=Phase.FILL,
            what=f"lets {table}.{old.name} be NULL",
            up=(may_be_null(table, old.name, null=True),),
        )


def _renamed_table(change: RenameTable) -> tuple[list[Piece], str]:
    old, new = change.table or "", change.new_name
    (before, schema), (after, there) = at(old), at(new)
    if schema != there:
        raise Unwritable
    view = executed(f"CREATE VIEW {named(old)} AS SELECT * FROM {named(new)}")
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


def _constraint(facts: Facts, step: Step, change: AddConstraint) -> tuple[list[Piece], str]:
    piece = constraint_added(change.constraint, change.table or "")
    return ([piece] if piece is not None else _as_it_is(facts, step)), ""
