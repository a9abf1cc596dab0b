"""
The split of Alembic revisions: expand first, contract last, each in a revision of its own.

Between two steps the code is deployed. The revisions are written in Alembic's
style and follow on each other, the first one on the base's head.
"""

from __future__ import annotations

import ast
import enum
import hashlib
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from analyzers.plan.alembic_fill import copied, executed, fill, literal, named
from analyzers.read.sources import Unparsed, parse
from analyzers.relate.alembic_source import Unwritable, type_source
from analyzers.relate.facts import Facts, Step, counterpart
from analyzers.relate.graph import MigrationGraph
from analyzers.results import Split, SplitStep
from analyzers.vocabulary import (
    AddColumn,
    AddConstraint,
    AddIndex,
    AlterColumn,
    Column,
    Constraint,
    ConstraintKind,
    DropColumn,
    DropTable,
    Place,
    RenameColumn,
    RenameTable,
    RunCode,
    RunStatement,
)

_DEPLOYED = "every process of the old version is gone: the deployment has finished, workers and cron included"
_MIGRATED = "`alembic upgrade head` has finished on every database"
_BLOCK = "with op.get_context().autocommit_block():"


_ENDINGS = {ConstraintKind.FOREIGN_KEY: "_fkey", ConstraintKind.UNIQUE: "_key"}


class Phase(enum.IntEnum):
    """When something happens; a lower one is merged, migrated and deployed first."""

    EXPAND = 1
    CODE = 2
    FILL = 3
    SWITCH = 4
    CONTRACT = 5


_TITLES = {
    Phase.EXPAND: "Expand the schema",
    Phase.CODE: "Deploy the code that lives with both",
    Phase.FILL: "Fill the rows that are there",
    Phase.SWITCH: "Read and write the new place only",
    Phase.CONTRACT: "Contract the schema",
}
_KINDS = {
    Phase.EXPAND: "migration",
    Phase.CODE: "model",
    Phase.FILL: "data",
    Phase.SWITCH: "code",
    Phase.CONTRACT: "migration",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one change contributes to one phase."""

    phase: Phase
    what: str
    """A clause: ``adds orders.note as nullable``."""
    up: tuple[str, ...] = ()
    down: tuple[str, ...] = ()


def alembic_split(facts: Facts) -> Split:
    """How to take the Alembic changes of *facts* apart; not needed where one pull request is fine."""
    steps: list[SplitStep] = []
    reasons: list[str] = []
    for graph in facts.merged.alembic_graphs:
        own = [s for s in facts.steps if s.migration in facts.added(graph)]
        pieces: list[Piece] = []
        whole: set[Place] = set()
        for step in own:
            if step.change.place in whole:
                # The statement stands there as it was, with its index and its foreign key.
                continue
            made, reason = _pieces(facts, step)
            pieces += made
            source = _source(facts, step)
            if any(source is not None and source in piece.up for piece in made):
                whole.add(step.change.place)
            if reason:
                reasons.append(reason)
        if pieces and reasons:
            steps += _steps(facts, graph, list(dict.fromkeys(pieces)), len(steps))
    if not reasons:
        return Split()
    return Split(needed=True, reason="; ".join(dict.fromkeys(reasons)), steps=tuple(steps))


def _steps(
    facts: Facts, graph: MigrationGraph, pieces: Sequence[Piece], before: int
) -> Iterator[SplitStep]:
    base = counterpart(facts.base, graph)
    new = facts.added(graph)
    heads = base.leaf_nodes(base.apps[0]) if base is not None and base.apps else ()
    parent = heads[0].name if len(heads) == 1 else None
    folder = new[0].path.rpartition("/")[0]
    models = tuple(p for p in facts.changed_paths if p.endswith(".py") and not p.startswith(folder))
    phases = [phase for phase in Phase if any(p.phase is phase for p in pieces)]
    for number, phase in enumerate(phases, start=before + 1):
        own = [p for p in pieces if p.phase is phase]
        files = {}
        up = [line for p in own for line in p.up]
        if up:
            down = [line for p in reversed(own) for line in p.down]
            path, parent, content = _revision(folder, parent, phase, own, up, down)
            files[path] = content
        clauses = "; ".join(dict.fromkeys(p.what for p in own))
        code = phase in (Phase.CODE, Phase.SWITCH)
        yield SplitStep(
            order=number,
            kind=_KINDS[phase],
            title=f"{_TITLES[phase]}: {clauses}",
            paths=models if code else tuple(files) or tuple(m.path for m in new),
            after=("merge", "deploy") if code else ("merge", "deploy", "migrate"),
            commands=() if code else ("alembic upgrade head",),
            ready_when=_DEPLOYED if code else _MIGRATED,
            files=files,
        )


def _revision(
    folder: str,
    parent: str | None,
    phase: Phase,
    pieces: Sequence[Piece],
    up: Sequence[str],
    down: Sequence[str],
) -> tuple[str, str, str]:
    """Path, id and text of a generated revision."""
    seed = "\0".join((parent or "", phase.name, *up))
    identifier = hashlib.sha256(seed.encode()).hexdigest()[:12]
    slug = re.sub(r"\W+", "_", f"{phase.name} {pieces[0].what}").strip("_").lower()[:40].strip("_")
    body = "\n".join(up) + "\n".join(down)
    imports = ["import sqlalchemy as sa", "from alembic import op"]
    if "postgresql." in body:
        imports.append("from sqlalchemy.dialects import postgresql")
    down_revision = f'"{parent}"' if parent else "None"
    content = "\n".join(
        (
            f'"""{pieces[0].what}',
            "",
            f"Revision ID: {identifier}",
            f"Revises: {parent or ''}".rstrip(),
            '"""',
            "",
            *imports,
            "",
            f'revision = "{identifier}"',
            f"down_revision = {down_revision}",
            "branch_labels = None",
            "depends_on = None",
            "",
            "",
            "def upgrade() -> None:",
            textwrap.indent("\n".join(up), "    "),
            "",
            "",
            "def downgrade() -> None:",
            textwrap.indent("\n".join(down) or "pass", "    "),
            "",
        )
    )
    return f"{folder}/{identifier}_{slug}.py", identifier, content


def _pieces(facts: Facts, step: Step) -> tuple[list[Piece], str]:
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
                case DropTable() if facts.base.alembic_model(change.table, step.database):
                    return _dropped_table(facts, step, change)
                case RenameColumn():
                    return _renamed_column(step, change)
                case RenameTable() if step.database == "postgresql":
                    return _renamed_table(change)
                case AlterColumn() if _made_not_null(change):
                    return _not_null(facts, change, step)
                case AddIndex() if step.database == "postgresql" and not change.concurrently:
                    return _index(change)
                case AddConstraint() if step.database == "postgresql":
                    return _constraint(facts, step, change)
                case _:
                    pass
        except Unwritable:
            pass
    return _as_it_is(facts, step), ""


def _as_it_is(facts: Facts, step: Step) -> list[Piece]:
    """The change as the author wrote it; moved rows come in their own phase."""
    source = _source(facts, step)
    if source is None:
        return []
    moves = isinstance(step.change, RunCode | RunStatement)
    phase = Phase.FILL if moves else Phase.EXPAND
    first = source.splitlines()[0]
    what = f"runs {first if len(first) <= 60 else first[:57] + '...'}"
    return [Piece(phase=phase, what=what, up=(source,))]


def _source(facts: Facts, step: Step) -> str | None:
    """The statement of ``upgrade`` at the change's place, dedented."""
    path = step.migration.path
    content = facts.merged.tree.read(path)
    module = parse(content)
    if isinstance(module, Unparsed):
        return None
    upgrade = next(
        (s for s in module.body if isinstance(s, ast.FunctionDef) and s.name == "upgrade"), None
    )
    for statement in upgrade.body if upgrade else ():
        end = statement.end_lineno or statement.lineno
        if statement.lineno <= step.change.place.line <= end:
            lines = content.decode("utf-8", "replace").splitlines()[statement.lineno - 1 : end]
            return textwrap.dedent("\n".join(lines))
    return None


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
    after = facts.merged.alembic_model(step.change.table, step.database)
    before = facts.base.alembic_model(step.change.table, step.database)
    known = before is not None and before.table.column(column) is not None
    return after is not None and after.table.column(column) is not None and not known


def _add(table: str, column: Column, *, null: bool | None = None) -> str:
    kind = type_source(column.type)
    nullable = column.null if null is None else null
    default = (
        f", server_default=sa.text({column.server_default!r})"
        if column.server_default not in (None, "...")
        else ""
    )
    if column.server_default == "..." or column.generated is not None or column.identity:
        raise Unwritable
    return f'op.add_column("{table}", sa.Column("{column.name}", {kind}{default}, nullable={nullable}))'


def _drop(table: str, column: str) -> str:
    return f'op.drop_column("{table}", "{column}")'


def _new_column(facts: Facts, step: Step, change: AddColumn) -> tuple[list[Piece], str]:
    name = f"{change.table}.{change.column.name}"
    as_written = _as_it_is(facts, step)
    if not as_written or facts.config.deploy.migrate_first:
        return as_written, ""
    back = _drop(change.table or "", change.column.name)
    expand = Piece(phase=Phase.EXPAND, what=f"adds {name}", up=as_written[0].up, down=(back,))
    code = Piece(phase=Phase.CODE, what=f"the models learn {name}")
    return [expand, code], f"new code asks for {name} before the revision has run"


def _filling(facts: Facts, step: Step, table: str, column: Column) -> Piece:
    """Rows that have no value get the models' constant default, or what the author says."""
    model = facts.merged.alembic_model(table, step.database)
    wanted = model.table.column(column.name) if model is not None else None
    value = column.client_value or (wanted.client_value if wanted is not None else None)
    return Piece(
        phase=Phase.FILL,
        what=f"sets {table}.{column.name} where it is NULL, in batches",
        up=tuple(fill(table, step.table_before, column.name, value, step.database)),
    )


def _demanded_column(facts: Facts, change: AddColumn, step: Step) -> tuple[list[Piece], str]:
    table, column = change.table or "", change.column
    name = f"{table}.{column.name}"
    pieces = [
        Piece(
            phase=Phase.EXPAND,
            what=f"adds {name} as nullable",
            up=(_add(table, column, null=True),),
            down=(_drop(table, column.name),),
        ),
        Piece(phase=Phase.CODE, what=f"every insert sets {name}"),
        _filling(facts, step, table, column),
        _demand(table, column.name, step.database),
    ]
    return pieces, f"old code inserts rows without {name}"


def _demand(table: str, column: str, database: str) -> Piece:
    """NOT NULL without a scan under a lock: PostgreSQL takes a validated check for proof."""
    check = f"ck_{table.rpartition('.')[2]}_{column}_not_null"[:63]
    if database == "postgresql":
        up: tuple[str, ...] = (
            _BLOCK,
            f'    op.create_check_constraint("{check}", "{table}", {literal(f"{named(column)} IS NOT NULL")}, postgresql_not_valid=True)',
            "    " + executed(f"ALTER TABLE {named(table)} VALIDATE CONSTRAINT {named(check)}"),
            f'op.alter_column("{table}", "{column}", nullable=False)',
            f'op.drop_constraint("{check}", "{table}", type_="check")',
        )
    else:
        up = (f'op.alter_column("{table}", "{column}", nullable=False)',)
    return Piece(
        phase=Phase.CONTRACT,
        what=f"makes {table}.{column} NOT NULL",
        up=up,
        down=(f'op.alter_column("{table}", "{column}", nullable=True)',),
    )


def _not_null(facts: Facts, change: AlterColumn, step: Step) -> tuple[list[Piece], str]:
    table, column = change.table or "", change.after.name
    name = f"{table}.{column}"
    pieces = [
        Piece(phase=Phase.CODE, what=f"no statement leaves {name} empty any more"),
        _filling(facts, step, table, change.after),
        _demand(table, column, step.database),
    ]
    return pieces, f"old code may still write NULL to {name}"


def _dropped_column(facts: Facts, step: Step, change: DropColumn) -> tuple[list[Piece], str]:
    table = change.table or ""
    name = f"{table}.{change.column}"
    model = facts.base.alembic_model(table, step.database)
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
                up=(f'op.alter_column("{table}", "{change.column}", nullable=True)',),
                down=(f'op.alter_column("{table}", "{change.column}", nullable=False)',),
            )
        )
    pieces.append(Piece(phase=Phase.CODE, what=f"code and models no longer know {name}"))
    try:
        back: tuple[str, ...] = (_add(table, before, null=True),) if before is not None else ()
    except Unwritable:
        back = ()
    pieces.append(
        Piece(
            phase=Phase.CONTRACT,
            what=f"drops {name}",
            up=(_drop(table, change.column),),
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
    beside = replace(before, name=new, null=True)
    filling = Piece(
        phase=Phase.FILL,
        what=f"copies {table}.{old} to {new} in batches",
        up=tuple(copied(table, step.table_before, old, new, step.database)),
    )
    pieces = [
        Piece(
            phase=Phase.EXPAND,
            what=f"adds {table}.{new} beside {old}",
            up=(_add(table, beside),),
            down=(_drop(table, new),),
        ),
        Piece(phase=Phase.CODE, what=f"writes go to {old} and {new}, reads stay with {old}"),
        filling,
        *_taken_over(step, table, before, new),
        Piece(phase=Phase.SWITCH, what=f"reads and writes go to {table}.{new} alone"),
        Piece(
            phase=Phase.CONTRACT,
            what=f"drops {table}.{old}",
            up=(_drop(table, old),),
            down=(_add(table, before, null=True),),
        ),
    ]
    return pieces, f"old code asks for {table}.{old}, new code for {new}: one of them fails"


def _taken_over(step: Step, table: str, old: Column, new: str) -> Iterator[Piece]:
    """
    What stands on the column *old*, for *new* as well; *old* is demanded no longer.

    Raises:
        Unwritable: it is part of something that has several columns, or an expression.

    """
    state, bare = step.table_before, table.rpartition(".")[2]
    place = step.change.place
    for index in state.indexes if state is not None else ():
        if old.name in index.columns:
            if len(index.columns) > 1 or step.database != "postgresql":
                raise Unwritable
            made = replace(index, name=f"ix_{bare}_{new}", columns=(new,))
            pieces, _ = _index(AddIndex(place=place, table=table, index=made))
            yield replace(pieces[0], phase=Phase.FILL)
    for constraint in state.constraints if state is not None else ():
        if old.name not in constraint.columns and old.name not in (constraint.expression or ""):
            continue
        if len(constraint.columns) != 1 or step.database != "postgresql":
            raise Unwritable
        made_one = replace(constraint, name=None, columns=(new,))
        piece = _added_constraint(made_one, table)
        if piece is None:
            raise Unwritable
        yield replace(piece, phase=Phase.FILL)
    if old.null is False and not old.primary_key:
        yield replace(_demand(table, new, step.database), phase=Phase.FILL)
        yield Piece(
            phase=Phase.FILL,
            what=f"lets {table}.{old.name} be NULL",
            up=(f'op.alter_column("{table}", "{old.name}", nullable=True)',),
        )


def _renamed_table(change: RenameTable) -> tuple[list[Piece], str]:
    old, new = change.table or "", change.new_name
    view = executed(f"CREATE VIEW {named(old)} AS SELECT * FROM {named(new)}")
    drop = executed(f"DROP VIEW {named(old)}")
    pieces = [
        Piece(
            phase=Phase.EXPAND,
            what=f"renames {old} to {new} and leaves a view of the old name",
            up=(
                f'op.rename_table("{old}", "{new}")',
                view,
            ),
            down=(drop, f'op.rename_table("{new}", "{old}")'),
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


def _index(change: AddIndex) -> tuple[list[Piece], str]:
    index, table = change.index, change.table
    if index.name is None or index.condition or index.method:
        raise Unwritable
    if not all(re.fullmatch(r"\w+", column) for column in index.columns):
        raise Unwritable
    columns = ", ".join(f'"{column}"' for column in index.columns)
    up = (
        _BLOCK,
        f'    op.create_index("{index.name}", "{table}", [{columns}], unique={index.unique}, postgresql_concurrently=True)',
    )
    down = (
        _BLOCK,
        f'    op.drop_index("{index.name}", table_name="{table}", postgresql_concurrently=True)',
    )
    what = f"builds {index.name} while writes go on"
    return [Piece(phase=Phase.EXPAND, what=what, up=up, down=down)], ""


def _constraint(facts: Facts, step: Step, change: AddConstraint) -> tuple[list[Piece], str]:
    piece = _added_constraint(change.constraint, change.table or "")
    return ([piece] if piece is not None else _as_it_is(facts, step)), ""


def _added_constraint(constraint: Constraint, table: str) -> Piece | None:
    """*constraint*, checked while writes go on; None where that cannot be written."""
    if constraint.name is None and constraint.kind in _ENDINGS and constraint.columns:
        made = f"{table.rpartition('.')[2]}_{'_'.join(constraint.columns)}"
        constraint = replace(constraint, name=made + _ENDINGS[constraint.kind])
    if constraint.kind is ConstraintKind.UNIQUE and constraint.columns:
        return _unique(constraint, table)
    if constraint.name is None or not constraint.validated:
        return None
    create = _not_valid(constraint, table)
    if create is None:
        return None
    kind = "foreignkey" if constraint.kind is ConstraintKind.FOREIGN_KEY else "check"
    up = (
        _BLOCK,
        f"    {create}",
        "    "
        + executed(f"ALTER TABLE {named(table)} VALIDATE CONSTRAINT {named(constraint.name)}"),
    )
    down = (f'op.drop_constraint("{constraint.name}", "{table}", type_="{kind}")',)
    what = f"adds {constraint.name} and checks it while writes go on"
    return Piece(phase=Phase.EXPAND, what=what, up=up, down=down)


def _unique(constraint: Constraint, table: str) -> Piece:
    """A unique constraint on an index that is built while writes go on."""
    name, columns = constraint.name, ", ".join(f'"{c}"' for c in constraint.columns)
    return Piece(
        phase=Phase.EXPAND,
        what=f"adds {name} on an index that is built while writes go on",
        up=(
            _BLOCK,
            f'    op.create_index("{name}", "{table}", [{columns}], unique=True, postgresql_concurrently=True)',
            executed(
                f"ALTER TABLE {named(table)} ADD CONSTRAINT {named(name or '')}"
                f" UNIQUE USING INDEX {named(name or '')}"
            ),
        ),
        down=(f'op.drop_constraint("{name}", "{table}", type_="unique")',),
    )


def _not_valid(constraint: Constraint, table: str) -> str | None:
    name, columns = constraint.name, ", ".join(f'"{c}"' for c in constraint.columns)
    target = constraint.references
    if constraint.kind is ConstraintKind.FOREIGN_KEY and target is not None and target.column:
        if len(constraint.columns) != 1:
            return None
        return (
            f'op.create_foreign_key("{name}", "{table}", "{target.table}", [{columns}], '
            f'["{target.column}"], postgresql_not_valid=True)'
        )
    if constraint.kind is ConstraintKind.CHECK and constraint.expression:
        return (
            f'op.create_check_constraint("{name}", "{table}", {constraint.expression!r}, '
            "postgresql_not_valid=True)"
        )
    return None
