"""
The split: the pull requests that bring a change in without a failing statement.

Each operation contributes the parts of its recipe; the parts of one phase make
one pull request, and the phases are merged, migrated and deployed in order.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from analyzers.frozen import dataclass
from analyzers.plan.behind_data import behind_data
from analyzers.plan.built_first import built_first
from analyzers.plan.definitions import defines
from analyzers.plan.django_files import Writer
from analyzers.plan.entangled import entangled
from analyzers.plan.gone_with_model import gone_with_model
from analyzers.plan.inherited import moved_along
from analyzers.plan.names_again import names_again
from analyzers.plan.new_tables import NewTables, new_tables
from analyzers.plan.parameters import sets_parameters, with_parameters
from analyzers.plan.parts import (
    Operation,
    Part,
    Phase,
    Recipe,
    Unit,
    guarded,
)
from analyzers.plan.recipes import recipe
from analyzers.plan.recipes.eased import with_its_default
from analyzers.plan.recipes.subject import Subject
from analyzers.plan.source import Written, one_by_one
from analyzers.plan.subjects import subject_of
from analyzers.plan.together import together
from analyzers.relate.facts import Facts, Step
from analyzers.relate.locks import effects, old_code_fails
from analyzers.results import Split, SplitStep
from analyzers.vocabulary import (
    AddColumn,
    Framework,
    Migration,
    RenameColumn,
    RenameTable,
    RunCode,
    RunStatement,
    StateOnly,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A recipe and the operation it was made for."""

    migration: Migration
    recipe: Recipe
    written: Written | None = None
    """The operation, where it is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """An operation that a recipe is wanted for."""

    migration: Migration
    written: Written
    steps: Sequence[Step]
    subject: Subject
    settings: tuple[Operation, ...] = ()
    """What the migration has set for its transaction before."""
    behind_data: bool = False
    """It demands something of rows that are moved or corrected before, or takes that away again."""


def split(facts: Facts) -> Split:
    """How to take the Django changes of *facts* apart; ``needed`` is False where one pull request is fine."""
    made = tuple(_recipes(facts))
    other = _of_alembic(facts)
    if not made:
        return other
    parts = [part for m in made for part in m.recipe.parts]
    phases = {part.phase for part in parts}
    if not any(m.recipe.reason for m in made) and phases in ({Phase.ADOPT}, {Phase.FILL}):
        # Nothing is to be taken apart: data alone is moved, or the models alone change.
        return other
    reasons = [m.recipe.reason for m in made if m.recipe.needed and m.recipe.reason]
    needed = bool(reasons) and not (
        facts.config.deploy.migrate_first
        and all(_migration_first_is_enough(m.recipe) for m in made if m.recipe.needed)
    )
    if other.needed and not needed:
        return other
    writer = Writer(facts, tuple(m.migration for m in made))
    steps = writer.steps(parts)
    alternative: tuple[SplitStep, ...] = ()
    why = ""
    by_hand = _by_hand(made)
    if needed and by_hand:
        steps = tuple(_in_words(step, writer.others) for step in steps)
        reasons += [by_hand]
    elif short := [m for m in made if m.recipe.shorter and not _asked_for(m, made)]:
        shorter = [
            part for m in made for part in (m.recipe.shorter if m in short else m.recipe.parts)
        ]
        alternative = writer.steps(shorter)
        why = "; ".join(together(m.recipe.shorter_reason for m in short))
    text = "; ".join(together(reasons))
    if other.needed:
        text += f"; {other.reason}: bring in what Alembic does in pull requests of their own"
    if not needed:
        text = next((m.recipe.reason for m in made if m.recipe.reason), "")
    return Split(
        needed=needed,
        reason=text,
        steps=steps,
        alternative=alternative if len(alternative) < len(steps) else (),
        alternative_reason=why if len(alternative) < len(steps) else "",
    )


def _asked_for(one: _Made, made: Sequence[_Made]) -> bool:
    """
    Whether code that moves data may ask the models' state for what the shorter way of *one* takes from it.

    The longer way takes it when the data has been moved.
    """
    return (
        one.written is not None
        and one.written.name in {"RemoveField", "RenameField", "RenameModel"}
        and any(m.written is not None and m.written.name == "RunPython" for m in made)
    )


def _by_hand(made: Sequence[_Made]) -> str:
    """Why no files can be written; empty where they can."""
    own = next((m.recipe.by_hand for m in made if m.recipe.by_hand), "")
    if own:
        return own
    if len(made) > 1 and any(m.recipe.needed and not m.recipe.parts for m in made):
        return "no files are written for it, as not all of it can be taken apart"
    if (alone := next((m for m in made if m.recipe.alone), None)) and sum(
        any(part.model for part in m.recipe.parts) for m in made
    ) > 1:
        name = alone.written.name if alone.written is not None else "that"
        return f"no files are written for it: bring {name} in a pull request of its own"
    return entangled([(m.migration.key.app, m.written) for m in made if m.written is not None])


def _in_words(step: SplitStep, others: Sequence[str]) -> SplitStep:
    """*step* without files: those of the pull request are not what it brings."""
    return replace(step, files={}, paths=tuple(p for p in step.paths if p in others))


def _of_alembic(facts: Facts) -> Split:
    if not facts.merged.alembic_graphs:
        return Split()
    # Loaded here: most projects have either Django or Alembic.
    from analyzers.plan.alembic_split import alembic_split

    return alembic_split(facts)


def _migration_first_is_enough(made: Recipe) -> bool:
    return bool(made.shorter) and all(part.phase is Phase.EXPAND for part in made.shorter)


def _recipes(facts: Facts) -> Iterator[_Made]:
    steps = [s for s in facts.steps if s.migration.framework is Framework.DJANGO]
    again = names_again(steps)
    entries: list[_Made | _Asked] = []
    for _, of_migration in groupby(steps, key=lambda s: s.migration.key):
        entries += _of_migration(facts, list(of_migration))
    asked = [entry for entry in entries if isinstance(entry, _Asked)]
    order = built_first([one.subject for one in asked])
    asked = [
        replace(asked[n], subject=replace(asked[n].subject, unique_already=True))
        if n in order.unique_already
        else asked[n]
        for n in order.places
    ]
    behind = behind_data([one.subject for one in asked], [*map(_moves, asked)])
    asked = [replace(one, behind_data=n in behind) for n, one in enumerate(asked)]
    ordered = iter(asked)
    entries = [next(ordered) if isinstance(entry, _Asked) else entry for entry in entries]
    subjects = [one.subject for one in asked]
    tables = new_tables(subjects)
    moved = moved_along(subjects, facts.views[0].state)
    gone = gone_with_model(subjects)
    numbers = {id(one): number for number, one in enumerate(asked)}
    for entry in entries:
        if isinstance(entry, _Made):
            yield entry
            continue
        by_hand = next((again[id(step)] for step in entry.steps if id(step) in again), None)
        by_hand = by_hand or moved.get(numbers[id(entry)])
        number = numbers[id(entry)]
        found = by_hand or tables.recipes.get(number) or gone.get(number) or _recipe(entry, tables)
        found = with_parameters(found, entry.settings)
        # What is done by hand is not asked what else it is entangled with.
        written = entry.written if by_hand is None else None
        yield _Made(migration=entry.migration, recipe=found, written=written)


def _of_migration(facts: Facts, steps: Sequence[Step]) -> Sequence[_Made | _Asked]:
    """The operations of one migration, or what is to be done in place of them all."""
    migration = steps[0].migration
    try:
        source = facts.head.tree.read(migration.path).decode()
    except (KeyError, UnicodeDecodeError):
        return ()
    operations = one_by_one(source, migration.operation_count)
    if not operations:
        return (_Made(migration=migration, recipe=_not_one_by_one(migration, steps)),)
    by_operation: dict[int, list[Step]] = {}
    for step in steps:
        by_operation.setdefault(step.operation or 0, []).append(step)
    asked: list[_Asked] = []
    settings: tuple[Operation, ...] = ()
    subjects = {n: subject_of(facts, operations[n], own) for n, own in by_operation.items()}
    together = with_its_default([*subjects.values()])
    if together is not None:
        return (_Made(migration=migration, recipe=together),)
    for number, written in enumerate(operations):
        own = by_operation.get(number, ())
        if sets_parameters(written, own):
            settings += (Operation(call=written.call, module=written.module),)
        elif own:
            asked.append(
                _Asked(
                    migration=migration,
                    written=written,
                    steps=own,
                    subject=subjects[number],
                    settings=settings,
                )
            )
    return asked


def _recipe(one: _Asked, tables: NewTables) -> Recipe:
    """What becomes of an operation that makes no table."""
    subject = one.subject
    known = None if subject.fresh or not _can_be_written(one) else recipe(subject)
    found = known or _as_it_is(one)
    if any(
        isinstance(c, AddColumn)
        and c.column.references
        and c.column.references.table in tables.late
        for c in subject.changes
    ):
        found = replace(
            found,
            by_hand=f"no files are written for it: bring the model that {subject.label}.{subject.attribute} points to in a pull request of its own, before",
        )
    return guarded(found) if subject.large and subject.postgresql else found


def _can_be_written(one: _Asked) -> bool:
    """Whether all names are such as Python has: files name functions and arguments after them."""
    subject, call = one.subject, one.written.call
    names = [subject.app_label, subject.model]
    if one.written.name.endswith("Field"):
        given = (*call.args, *(keyword.value for keyword in call.keywords))
        names += [
            v.value for v in given if isinstance(v, ast.Constant) and isinstance(v.value, str)
        ]
    return all(name.isidentifier() for name in names)


def _as_it_is(one: _Asked) -> Recipe:
    """An operation that needs no taking apart, or cannot be; data moves get a migration of their own."""
    migration, written, steps = one.migration, one.written, one.steps
    if any(map(_stops_old_code, steps)):
        return _without_files(migration, written.name, steps)
    made = defines([step.change for step in steps])
    moves = _moves(one)
    known = all(isinstance(step.change, StateOnly) for step in steps)
    here = Operation(call=written.call, module=written.module)
    unit = Unit(slug=_slug(written), operations=(here,), atomic=migration.atomic)
    # The models' state learns of a new table in the phase ADOPT.
    late = known or (one.subject.fresh and one.subject.style == "state")
    part = Part(
        phase=Phase.FILL
        if moves
        else Phase.ADOPT
        if late
        else Phase.CONTRACT
        if one.behind_data
        else Phase.EXPAND,
        app=migration.key.app,
        what=f"moves data: {_function(written) or 'SQL'}"
        if moves
        else f"carries {written.name}, which no table notices"
        if known
        else f"runs {written.name} as it is{_under_lock(steps)}",
        units=(unit,),
        model=not moves and not made,
    )
    return Recipe(parts=(part,), needed=False)


def _moves(one: _Asked) -> bool:
    """Whether an operation moves data, and makes nothing that later ones need."""
    if one.written.name == "AlterModelTableComment":
        return False  # Its SQL is Django's own, and of no row.
    changes = [step.change for step in one.steps]
    return not defines(changes) and all(isinstance(c, RunCode | RunStatement) for c in changes)


def _under_lock(steps: Sequence[Step]) -> str:
    """What is said of an operation that makes writes wait for the whole of a table, and has no other form here."""
    tables = dict.fromkeys(
        effect.table
        for step in steps
        if step.created_by is None and not isinstance(step.change, StateOnly)
        for effect in effects(step.change, step.table_before, step.database)
        if effect.blocks_writes and (effect.scans or effect.rewrites)
    )
    listed = ", ".join(tables)
    return (
        f" (no other way is written for it: run it when writes of {listed} can wait)"
        if tables
        else ""
    )


def _not_one_by_one(migration: Migration, steps: Sequence[Step]) -> Recipe:
    """A migration whose list of operations comes of a loop or the like: no file can have one of them alone."""
    name = migration.key.name
    by_hand = f"no files are written, as the operations of {name} are not written out one by one"
    if any(map(_stops_old_code, steps)):
        return replace(_without_files(migration, name, steps), by_hand=by_hand)
    part = Part(
        phase=Phase.EXPAND,
        app=migration.key.app,
        model=True,
        what=f"runs {name} as it is",
        unwritten=True,
    )
    return Recipe(parts=(part,), needed=False, by_hand=by_hand)


def _without_files(migration: Migration, name: str, steps: Sequence[Step]) -> Recipe:
    """What old code fails on, and no recipe takes apart; *name* is the operation's or the migration's."""
    app = migration.key.app
    again = any(isinstance(step.change, RenameColumn | RenameTable) for step in steps)
    first = (
        "keeps the old name in the models (db_column, db_table), or writes the old and the new one both"
        if again
        else f"lets the code do without what {name} takes, and with what it demands"
    )
    return Recipe(
        parts=(
            Part(phase=Phase.CODE, app=app, code=True, what=first),
            Part(phase=Phase.CONTRACT, app=app, what=f"runs {name}", unwritten=True),
        ),
        needed=True,
        reason=f"the code that runs fails as soon as {name} has run",
        by_hand=f"no files are written, as {name} is to be taken apart by hand",
    )


def _stops_old_code(step: Step) -> bool:
    """Whether statements of the old code fail once *step* has run."""
    return (
        step.created_by is None
        and step.eased_by is None
        and not isinstance(step.change, StateOnly)
        and old_code_fails(
            step.change,
            step.table_before,
            writes_defaults=step.writes_defaults,
            makes_times=step.makes_times,
        )
    )


def _function(written: Written) -> str:
    """The name of what ``RunPython`` runs."""
    code = written.argument("code", 0) if written.name == "RunPython" else None
    match code:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _slug(written: Written) -> str:
    if _function(written):
        return re.sub(r"\W+", "_", _function(written)).strip("_").lower()[:50]
    name = next(
        (
            value.value
            for value in (*written.call.args, *(k.value for k in written.call.keywords))
            if isinstance(value, ast.Constant) and isinstance(value.value, str)
        ),
        "",
    )
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", written.name).lower()
    tail = re.sub(r"\W+", "_", name).strip("_").lower()[:30]
    return f"{words}_{tail}" if tail else words
