"""
The split of Alembic revisions: expand first, contract last, each in a revision of its own.

Between two steps the code is deployed. The revisions are written in Alembic's
style and follow on each other, the first one on the base's head.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from analyzers.frozen import dataclass
from analyzers.plan.alembic_entangled import entangled
from analyzers.plan.alembic_model_demands import models_of_demands
from analyzers.plan.alembic_model_names import models_of_successors, text_of
from analyzers.plan.alembic_pieces import Phase, Piece, Written
from analyzers.plan.alembic_recipes import pieces_of
from analyzers.plan.alembic_statements import first_line, source_of
from analyzers.plan.alembic_swapped_types import pieces_of_swap, swaps_in
from analyzers.plan.together import together
from analyzers.read.alembic.env_transactions import BEGINS_ITSELF
from analyzers.read.alembic.forms import Form, form_of
from analyzers.relate.alembic_databases import DECIDES, functions
from analyzers.relate.alembic_index_source import Unwritable
from analyzers.relate.facts import Facts, Step
from analyzers.relate.graph import MigrationGraph
from analyzers.relate.snapshot import counterpart
from analyzers.results import Split, SplitStep
from analyzers.vocabulary import Migration, Place

_DEPLOYED = "no process of the old version runs any more, workers and cron included"
_MIGRATED = "`{upgrade}` has finished on every database"

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


def alembic_split(facts: Facts) -> Split:
    """How to take the Alembic changes of *facts* apart; not needed where one pull request is fine."""
    steps: list[SplitStep] = []
    reasons: list[str] = []
    by_hand: list[str] = []
    for graph in facts.merged.alembic_graphs:
        own = [s for s in facts.steps if s.migration in facts.added(graph)]
        made = [_in_its_database(facts, one) for one in _made(facts, own)]
        pieces = [piece for one in made for piece in one.pieces]
        if pieces and any(one.reason for one in made):
            reasons += [one.reason for one in made if one.reason]
            why = entangled([(one.step, bool(one.reason)) for one in made]) or next(
                (piece.by_hand for piece in pieces if piece.by_hand), ""
            )
            by_hand += [why] if why else []
            new = _steps(facts, graph, list(dict.fromkeys(pieces)), len(steps))
            steps += [
                replace(step, files={}, paths=_of(graph, facts, step)) if why else step
                for step in new
            ]
    if not reasons:
        return Split()
    return Split(needed=True, reason="; ".join(together([*reasons, *by_hand])), steps=tuple(steps))


def _of(graph: MigrationGraph, facts: Facts, step: SplitStep) -> tuple[str, ...]:
    """What *step* is about, where no file is written for it."""
    if not step.files or not step.commands:
        return step.paths
    return tuple(m.path for m in facts.added(graph))


@dataclass(frozen=True, slots=True)
class _Made:
    """A change and what it is taken apart into."""

    step: Step
    pieces: Sequence[Piece]
    reason: str


def _in_its_database(facts: Facts, made: _Made) -> _Made:
    """*made* with the database for which its revision runs it."""
    form = form_of(facts.merged.tree.read(made.step.migration.path))
    if form.asks:
        why = f"no files are written, as {DECIDES}"
        pieces = [replace(p, before=(), up=(), down=(), needs=(), by_hand=why) for p in made.pieces]
        return replace(made, pieces=pieces)
    if facts.merged.alembic_begins_itself(made.step.migration.key.app):
        made = replace(made, pieces=[_without_block(piece) for piece in made.pieces])
    database = form.database_at(made.step.change.place.line)
    return replace(made, pieces=[replace(piece, database=database) for piece in made.pieces])


def _without_block(piece: Piece) -> Piece:
    """*piece* in words alone, where its statements end a transaction that is not Alembic's."""
    texts = (each if isinstance(each, str) else each.text for each in (*piece.before, *piece.up))
    if not any("autocommit_block" in text for text in texts):
        return piece
    return replace(
        piece,
        before=(),
        up=(),
        down=(),
        needs=(),
        by_hand=f"no files are written, as {BEGINS_ITSELF}",
    )


def _made(facts: Facts, steps: Sequence[Step]) -> Iterator[_Made]:
    """Each change of *steps* with its pieces; a statement that stands as it was stands once."""
    swaps = swaps_in(steps)
    swapped = {id(step) for swap in swaps for step in swap.steps}
    for swap in swaps:
        yield _Made(swap.converted, *pieces_of_swap(facts, swap, steps))
    statements: dict[Written | Place, list[Step]] = {}
    for step in (s for s in steps if id(s) not in swapped):
        statements.setdefault(source_of(facts, step) or step.change.place, []).append(step)
    for source, own in statements.items():
        found = [_Made(step, *_pieces(facts, step)) for step in own]
        kept = [one for one in found if any(source in piece.up for piece in one.pieces)]
        if not kept or isinstance(source, Place):
            yield from found
        elif any(one.reason for one in found if one not in kept) and _is_plain(source.text):
            # As it was written it does what has to be taken apart as well.
            yield from (_Made(step, *_pieces(facts, step, anew=True)) for step in own)
        else:
            yield kept[0]
            # The statement stands there already, with all that it does.
            for one in kept[1:]:
                pieces = [
                    replace(p, before=(), up=(), needs=()) if source in p.up else p
                    for p in one.pieces
                ]
                yield _Made(one.step, pieces, one.reason)


def _pieces(facts: Facts, step: Step, *, anew: bool = False) -> tuple[list[Piece], str]:
    try:
        return pieces_of(facts, step, anew=anew)
    except Unwritable:
        source = source_of(facts, step)
        first = first_line(source.text) if source is not None else "a statement"
        why = f"no files are written, as `{first}` does not stand for itself"
        piece = Piece(phase=Phase.EXPAND, what=f"runs {first}", by_hand=why)
        return [piece], ""


def _is_plain(source: str) -> bool:
    """Whether the statement runs for certain, once."""
    return not source.startswith(("if ", "try:", "while "))


def _steps(
    facts: Facts, graph: MigrationGraph, pieces: Sequence[Piece], before: int
) -> Iterator[SplitStep]:
    base = counterpart(facts.base, graph)
    new = facts.added(graph)
    heads = base.leaf_nodes(base.apps[0]) if base is not None and base.apps else ()
    parent = heads[0].name if len(heads) == 1 else None
    upgrade = f"{facts.merged.alembic_program(new[0].key.app)} upgrade head"
    folder = new[0].path.rpartition("/")[0]
    models = tuple(p for p in facts.changed_paths if p.endswith(".py") and not p.startswith(folder))
    form = form_of(facts.merged.tree.read(new[0].path))
    phases = [phase for phase in Phase if any(p.phase is phase for p in pieces)]
    # Code that knows the new place alone fits no step before the last one of the code.
    brings = Phase.SWITCH if Phase.SWITCH in phases else Phase.CODE
    commented: tuple[str, ...] = ()
    for number, phase in enumerate(phases, start=before + 1):
        own = [p for p in pieces if p.phase is phase]
        files: dict[str, str] = {}
        ways: dict[str | None, _Ways] = {}
        for database in dict.fromkeys(p.database for p in own):
            here = [p for p in own if p.database == database]
            ways[database] = [*_texts(here)], [line for p in reversed(here) for line in p.down]
        if any(up for up, _ in ways.values()):
            path, parent, content = _revision(folder, parent, phase, own, ways, form)
            files[path] = content
        clauses = "; ".join(together(p.what for p in own))
        code = phase in (Phase.CODE, Phase.SWITCH)
        brought = models if phase is brings else ()
        successors = tuple(p.successor for p in own if p.successor is not None)
        if brought and successors:
            told, left, by_hand = models_of_successors(facts, successors, new[0].path)
            files |= {path: text for path, text in told.items() if path in brought}
            brought = tuple(path for path in brought if path not in left)
            if by_hand:
                clauses += f"; to be written by hand in the models: {', '.join(by_hand)}"
        if brought:
            demands = [p.demand for p in pieces if p.demand is not None]
            told = models_of_demands(facts, demands, new[0].path, files)
            told = {path: text for path, text in told.items() if path in brought}
            files |= told
            commented = tuple(told)
        if commented and phase is phases[-1] and phase is Phase.CONTRACT:
            # The database says it as well now.
            files |= {p: text for p in commented if (text := text_of(facts, p)) is not None}
        yield SplitStep(
            order=number,
            kind=_KINDS[phase],
            title=f"{_TITLES[phase]}: {clauses}",
            paths=_paths(brought, files, new, code=code),
            after=("merge", "deploy") if code else ("merge", "deploy", "migrate"),
            commands=() if code else (upgrade,),
            ready_when=_DEPLOYED if code else _MIGRATED.format(upgrade=upgrade),
            files=files,
        )


def _texts(pieces: Sequence[Piece]) -> Iterator[str]:
    """The statements of *pieces*; one of the author's stands once, however many ask for it."""
    said: set[Written] = set()
    for piece in pieces:
        for statement in (*piece.before, *piece.up):
            if isinstance(statement, str):
                yield statement
            elif statement not in said:
                said.add(statement)
                yield statement.text


def _paths(
    models: tuple[str, ...], files: dict[str, str], new: Sequence[Migration], *, code: bool
) -> tuple[str, ...]:
    return models if code else tuple(files) or tuple(m.path for m in new)


_Ways = tuple[list[str], list[str]]
"""The statements of ``upgrade`` and of ``downgrade``."""
_IMPORTS = ("import ", "from ")
_NOTHING = '"""Nothing to undo: the code of before works with the values that are filled in."""'


def _revision(
    folder: str,
    parent: str | None,
    phase: Phase,
    pieces: Sequence[Piece],
    ways: Mapping[str | None, _Ways],
    form: Form,
) -> tuple[str, str, str]:
    """Path, id and text of a generated revision."""
    ups = [line for up, _ in ways.values() for line in up]
    seed = "\0".join((parent or "", phase.name, *ups))
    identifier = hashlib.sha256(seed.encode()).hexdigest()[:12]
    slug = re.sub(r"\W+", "_", f"{phase.name} {pieces[0].what}").strip("_").lower()[:40].strip("_")
    body = "\n".join(line for both in ways.values() for way in both for line in way)
    imports = ["import sqlalchemy as sa", "from alembic import op"]
    if "postgresql." in body:
        imports.append("from sqlalchemy.dialects import postgresql")
    needs = list(dict.fromkeys(need for piece in pieces for need in piece.needs))
    imports += [n for n in needs if n.startswith(_IMPORTS) and n not in imports]
    imports.sort(key=lambda line: line.startswith("from __future__"), reverse=True)
    definitions = [f"\n\n{need}" for need in needs if not need.startswith(_IMPORTS)]
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
            *definitions,
            "",
            "",
            *functions(
                form,
                {
                    database: textwrap.indent("\n".join(up), "    ")
                    for database, (up, _) in ways.items()
                },
                {database: _undone(phase, down) for database, (_, down) in ways.items()},
            ),
            "",
        )
    )
    return f"{folder}/{identifier}_{slug}.py", identifier, content


def _undone(phase: Phase, down: Sequence[str]) -> str:
    nothing = _NOTHING if phase is Phase.FILL else "pass"
    return textwrap.indent("\n".join(down) or nothing, "    ")
