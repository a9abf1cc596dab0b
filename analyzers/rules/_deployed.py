"""What the code that runs still asks for, and the base has forgotten: what is merged there is not deployed yet."""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.relate.django_state import DjangoState
from analyzers.relate.facts import Facts, Step
from analyzers.relate.snapshot import Snapshot
from analyzers.relate.uses import model_has
from analyzers.rules._steps import existing, field_of, is_django, keeps
from analyzers.trees import Tree
from analyzers.vocabulary import DropColumn, DropTable


def drops(facts: Facts) -> Iterator[tuple[Step, DropColumn | DropTable]]:
    """The columns and tables that this pull request takes away, models and all."""
    for step in existing(facts):
        if isinstance(step.change, DropColumn | DropTable) and not keeps(facts, step):
            yield step, step.change


def still_runs(facts: Facts, step: Step, change: DropColumn | DropTable) -> bool:
    """Whether code that is deployed asks for what *step* drops, and the base does not any more."""
    deployed, state, base = facts.deployed, facts.deployed_state, facts.base
    if deployed is None or state is None:
        return False
    if is_django(step):
        return _known(state, deployed.tree, change) and not on_base(facts, change)
    return _mapped(deployed, step, change) and not _mapped(base, step, change)


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
    model = side.alembic_model(change.table, step.database)
    if model is None or isinstance(change, DropTable):
        return model is not None
    return model.table.column(change.column) is not None
