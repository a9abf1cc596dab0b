"""The parts of a split as pull requests with their files: migrations and edited models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from analyzers.plan.migration_chain import Chain, only_merges
from analyzers.plan.model_files import ModelFiles
from analyzers.plan.parts import (
    MIGRATED,
    ROLLED_OUT,
    ModelEdit,
    Part,
    Phase,
)
from analyzers.plan.together import together
from analyzers.relate.facts import Facts, changed_paths
from analyzers.relate.manage import migrate
from analyzers.results import SplitStep
from analyzers.vocabulary import Migration

AGAIN = " (it gives up where it has to wait longer than 2 seconds for a lock: run it again)"


class Writer:
    """Turns parts into steps with files, numbering the migrations of each app onward."""

    def __init__(self, facts: Facts, migrations: Sequence[Migration]) -> None:
        self.facts = facts
        self.new = {m.key: m for m in migrations}
        kept = set(facts.head.tree.paths())
        changed = changed_paths(facts.merge_base.tree, facts.head.tree)
        self.changed = tuple(path for path in changed if path in kept)
        new_paths = {m.path for m in self.new.values()}
        # A merge migration names what the split writes anew, and the split needs none.
        new_paths |= {m.path for m in facts.new_migrations if only_merges(m)}
        self.others = tuple(p for p in self.changed if p not in new_paths)
        self.sources = ModelFiles(facts, self.new.values(), self.others)

    def steps(self, parts: Sequence[Part]) -> tuple[SplitStep, ...]:
        if not any(part.phase in (Phase.ADOPT, Phase.CODE, Phase.SWITCH) for part in parts):
            parts = [self._with_code(part) for part in parts]
        parts = list(parts)
        if any(p.model and not p.code for p in parts) and not any(p.code for p in parts):
            parts += self._rest_of_the_code(parts)
        chain = Chain(self.facts, self.new)
        steps: list[SplitStep] = []
        adopted = any(part.phase is Phase.ADOPT and part.model for part in parts)
        ordered = sorted(parts, key=lambda part: _when(part, adopted=adopted))
        # Code that reads the new place alone fits no step before the one that takes the old place away.
        phases = {part.phase for part in parts}
        switched = any(part.phase is Phase.SWITCH and not part.model for part in parts)
        late = switched and Phase.RETIRE in phases
        models = self.sources.paths([part for part in parts if part.model])
        shown: dict[str, str] = {}
        for phase, group in groupby(ordered, key=lambda part: _when(part, adopted=adopted)):
            own = list(group)
            brings = phase is Phase.RETIRE if late else any(part.code for part in own)
            edits = [
                edit for part in parts for edit in part.edits if _holds(edit, part.phase, phase)
            ]
            steps.append(
                self._step(len(steps) + 1, phase, own, edits, models, shown, chain, brings=brings)
            )
        return tuple(steps)

    def _with_code(self, part: Part) -> Part:
        return replace(part, code=True) if part.model and part.phase is Phase.EXPAND else part

    def _rest_of_the_code(self, parts: Sequence[Part]) -> list[Part]:
        models = set(self.sources.paths(parts))
        rest = [path for path in self.others if path not in models]
        if not rest:
            return []
        return [
            Part(
                phase=Phase.CODE,
                app=parts[0].app,
                code=True,
                what="brings in the rest of the code, which may now use what is new",
            )
        ]

    def _step(
        self,
        order: int,
        phase: Phase,
        parts: Sequence[Part],
        edits: Sequence[ModelEdit],
        all_models: Sequence[str],
        shown: dict[str, str],
        chain: Chain,
        *,
        brings: bool,
    ) -> SplitStep:
        files: dict[str, str] = {}
        commands: list[str] = []
        migrates = False
        for part in parts:
            migrates = migrates or part.unwritten
            for unit in part.units:
                migrates = True
                path, content = chain.add(part.app, unit)
                files[path] = content
        deploys = any(part.model or part.code for part in parts)
        models = self.sources.paths(parts) if any(p.model for p in parts) else ()
        code: list[str] = []
        if brings:
            # The rest of a file with models may change now; its fields wait for their own step.
            models = (*models, *(path for path in all_models if path not in models))
            code = [path for path in self.others if path not in models]
        written, by_hand = self.sources.written(models, edits)
        if not any(p.model for p in parts):
            models = tuple(
                p for p in models if p in written and written[p] != self.sources.so_far(p, shown)
            )
        files |= {path: text for path, text in written.items() if path in models}
        shown |= written
        if migrates:
            commands = [self._migrate]
        order_of_deploy = self._after(phase, migrates=migrates, deploys=deploys)
        places = [place for part in parts for place in part.places]
        what = "; ".join(together(part.what for part in parts))
        if by_hand and (models or any(p.model for p in parts)):
            what += f"; to be written by hand in the models: {', '.join(by_hand)}"
        ready = []
        if migrates:
            ready.append(MIGRATED.format(migrate=self._migrate))
            if any(unit.guarded for part in parts for unit in part.units):
                ready[-1] += AGAIN
        if deploys:
            ready.append(ROLLED_OUT)
        return SplitStep(
            order=order,
            kind=self._kind(phase, migrates=migrates, parts=parts),
            title=what[:1].upper() + what[1:],
            paths=tuple(dict.fromkeys((*files, *models, *code))),
            places=tuple(places),
            after=order_of_deploy,
            commands=tuple(commands),
            ready_when=", and ".join(ready),
            files=files,
        )

    def _kind(self, phase: Phase, *, migrates: bool, parts: Sequence[Part]) -> str:
        if phase is Phase.FILL:
            return "data"
        if any(part.model for part in parts) and phase in (Phase.ADOPT, Phase.RETIRE):
            return "model"
        if migrates:
            return "migration"
        return "model" if any(part.model for part in parts) else "code"

    @property
    def _migrate(self) -> str:
        started = {self.facts.manage(key.app) for key in self.new}
        start = started.pop() if len(started) == 1 else self.facts.manage()
        return migrate(self.facts.config.deploy, start)

    def _after(self, phase: Phase, *, migrates: bool, deploys: bool) -> tuple[str, ...]:
        if migrates and deploys:
            # New columns must be there before the code that selects them; what
            # demands or drops runs when the old code is gone.
            return (
                ("merge", "migrate", "deploy")
                if phase in (Phase.EXPAND, Phase.ADOPT)
                else ("merge", "deploy", "migrate")
            )
        return ("merge", "deploy", "migrate") if migrates else ("merge", "deploy")


def _when(part: Part, *, adopted: bool) -> Phase:
    """
    The phase whose pull request *part* goes into.

    Models change in one file mostly: where new fields wait for their columns, all that is
    new in the models waits with them.
    """
    waits = adopted and part.model and part.phase is Phase.EXPAND
    return Phase.ADOPT if waits else part.phase


def _holds(edit: ModelEdit, since: Phase, at: Phase) -> bool:
    """Whether an edit of a part of the phase *since* is in the models that the phase *at* shows."""
    if not edit.final:
        return at < (Phase.CONTRACT if since is Phase.CONTRACT else Phase.RETIRE)
    return at >= Phase.RETIRE or (at >= since and since is not Phase.ADOPT)
