"""What the code that runs still asks for, and the base has forgotten: what is merged there is not deployed yet."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.read.django.model_class import ModelClass
from analyzers.relate.django_state import DjangoState
from analyzers.relate.facts import Facts, Step
from analyzers.relate.snapshot import Snapshot
from analyzers.relate.table_uses import asks_for_table
from analyzers.relate.uses import model_has
from analyzers.rules._steps import existing, field_of, filled_by_trigger, is_django, keeps
from analyzers.trees import Tree
from analyzers.vocabulary import (
    AddConstraint,
    AlterColumn,
    Column,
    Constraint,
    ConstraintKind,
    DropColumn,
    DropTable,
    RenameTable,
)

_NOT_NULL = re.compile(r'\(*\s*"?(\w+)"?\s+is\s+not\s+null\s*\)*$', re.IGNORECASE)


def drops(facts: Facts) -> Iterator[tuple[Step, DropColumn | DropTable]]:
    """The columns and tables that this pull request takes away, models and all."""
    for step in existing(facts):
        if isinstance(step.change, DropColumn | DropTable) and not keeps(facts, step):
            yield step, step.change


def demands(facts: Facts) -> Iterator[tuple[Step, Column]]:
    """The columns that may not be NULL any more, and that nothing but code fills."""
    for step in existing(facts):
        match step.change:
            case AlterColumn(sets_null=True, after=Column(null=False)) as change:
                name = change.after.name
            case AddConstraint(constraint=Constraint(kind=ConstraintKind.CHECK) as check) if (
                said := _NOT_NULL.match(check.expression or "")
            ):
                name = said[1]
            case _:
                continue
        column = step.table_before.column(name) if step.table_before is not None else None
        if (
            column is not None
            and column.null is not False
            and column.server_default is None
            and column.generated is None
            and not filled_by_trigger(facts, step, name)
        ):
            yield step, column


def never_writes(facts: Facts, step: Step, column: Column) -> bool:
    """Whether code that is deployed has the table of *step* and not *column*, which the base has."""
    deployed, state, table = facts.deployed, facts.deployed_state, step.change.table
    if deployed is None or state is None or table is None:
        return False
    asked = DropColumn(place=step.change.place, table=table, column=column.name)
    if not is_django(step):
        model = deployed.alembic_model(table, step.database, step.migration.path)
        lacks = model is not None and model.table.complete and not _mapped(deployed, step, asked)
        return lacks and _mapped(facts.base, step, asked)
    now, then = facts.views[0].state.by_table(table), state.by_table(table)
    field = field_of(now, asked) if now is not None else None
    if then is None or field is None or field_of(then, asked) is not None:
        return False
    return model_has(deployed.tree, then.name, field) is False


def still_runs(facts: Facts, step: Step, change: DropColumn | DropTable) -> bool:
    """Whether code that is deployed asks for what *step* drops, and the base does not any more."""
    deployed, state, base = facts.deployed, facts.deployed_state, facts.base
    if deployed is None or state is None:
        return False
    if is_django(step):
        return _known(state, deployed.tree, change) and not on_base(facts, change)
    return _mapped(deployed, step, change) and not _mapped(base, step, change)


def nobody_asks_for(facts: Facts, step: Step, change: DropTable | RenameTable) -> bool:
    """Whether the code on the base does not know the table that *step* drops or renames."""
    tree, before, table = facts.base.tree, step.table_before, change.table
    if not is_django(step):
        return (
            table is not None
            and facts.base.alembic_model(table, step.database, step.migration.path) is None
            and not asks_for_table(tree, table.rpartition(".")[2])
        )
    if isinstance(change, RenameTable):
        return False
    # Raw SQL on a table that the state has given up, in an earlier pull request or in this one.
    unseen = change.model is None and not change.in_state and before is None
    if unseen and not on_base(facts, change):
        return True
    label = change.model or (before.model if before is not None else None)
    return (
        label is not None
        and model_has(tree, label.rpartition(".")[2], None) is False
        and not _made_beside(facts, label)
    )


def _made_beside(facts: Facts, label: str) -> bool:
    """Whether no class of the base is the model *label*, but one makes it: the history that it writes."""
    model = class_on_base(facts, label)
    return model is not None and bool(model.made_of)


def class_on_base(facts: Facts, label: str) -> ModelClass | None:
    """The Django model *label* (``app.Model``, or ``Model`` alone) as the base's classes make it."""
    app, _, name = label.lower().rpartition(".")
    for model in facts.views[0].models.found.values():
        if model.name.lower() == name and app in {"", model.label.lower()}:
            return model
    return None


def on_base(facts: Facts, change: DropColumn | DropTable) -> bool:
    """Whether Django's models on the base have what *change* drops."""
    return _known(facts.views[0].state, facts.base.tree, change)


def _known(state: DjangoState, code: Tree, change: DropColumn | DropTable) -> bool:
    """Whether *code*, whose migrations make *state*, has a model with what *change* drops."""
    model = state.by_table(change.table) if change.table is not None else None
    if model is None:
        return False
    field = field_of(model, change) if isinstance(change, DropColumn) else None
    if field is None and isinstance(change, DropColumn):
        return False
    return model_has(code, model.name, field) is not False


def _mapped(side: Snapshot, step: Step, change: DropColumn | DropTable) -> bool:
    """Whether SQLAlchemy's models of *side* have what *change* drops."""
    model = side.alembic_model(change.table, step.database, step.migration.path)
    if model is None or isinstance(change, DropTable):
        return model is not None
    return model.table.column(change.column) is not None
