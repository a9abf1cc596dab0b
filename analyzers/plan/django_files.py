"""The parts of a split as pull requests with their files: migrations and edited models."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from analyzers.plan.migration_chain import Chain, only_merges
from analyzers.plan.model_source import (
    Found,
    field_before,
    find_model,
    meta_option,
    segment,
    with_class,
    with_import,
    with_keyword,
    with_meta,
    with_statement,
    without_keyword,
    without_meta,
)
from analyzers.plan.parts import (
    MIGRATED,
    ROLLED_OUT,
    ModelEdit,
    Part,
    Phase,
)
from analyzers.plan.source import imports_of
from analyzers.plan.together import together
from analyzers.read.sources import parse
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
        models = self._model_paths([part for part in parts if part.model])
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
        models = set(self._model_paths(parts))
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
            for unit in part.units:
                migrates = True
                path, content = chain.add(part.app, unit)
                files[path] = content
        deploys = any(part.model or part.code for part in parts)
        models = self._model_paths(parts) if any(p.model for p in parts) else ()
        code: list[str] = []
        if brings:
            # The rest of a file with models may change now; its fields wait for their own step.
            models = (*models, *(path for path in all_models if path not in models))
            code = [path for path in self.others if path not in models]
        written = self._model_files(models, edits)
        if not any(p.model for p in parts):
            models = tuple(
                p for p in models if p in written and written[p] != self._so_far(p, shown)
            )
        files |= {path: text for path, text in written.items() if path in models}
        shown |= written
        if migrates:
            commands = [self._migrate]
        order_of_deploy = self._after(phase, migrates=migrates, deploys=deploys)
        places = [place for part in parts for place in part.places]
        what = "; ".join(together(part.what for part in parts))
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

    def _model_paths(self, parts: Sequence[Part]) -> tuple[str, ...]:
        """Files of the pull request that define models of the apps in question."""
        apps = {part.app for part in parts}
        found: dict[str, None] = {}
        for migration in self.new.values():
            if migration.key.app not in apps:
                continue
            package = migration.path.rpartition("/")[0].rpartition("/")[0]
            for path in self.others:
                inside = not package or path.startswith(f"{package}/")
                if inside and (path.endswith("models.py") or "/models/" in path):
                    found[path] = None
        return tuple(found)

    def _so_far(self, path: str, shown: dict[str, str]) -> str | None:
        """The file as the steps before this one leave it."""
        if path in shown:
            return shown[path]
        try:
            return self.facts.base.tree.read(path).decode()
        except (KeyError, UnicodeDecodeError):
            return None

    def _model_files(self, paths: Sequence[str], edits: Sequence[ModelEdit]) -> dict[str, str]:
        files: dict[str, str] = {}
        for path in paths:
            try:
                text = self.facts.head.tree.read(path).decode()
            except (KeyError, UnicodeDecodeError):
                continue
            for edit in edits:
                text = self._edited(path, text, edit)
            files[path] = text
        return files

    def _edited(self, path: str, text: str, edit: ModelEdit) -> str:
        from analyzers.trees import MemoryTree

        model = edit.model.rpartition(".")[2]
        here = find_model(MemoryTree({path: text}), "", model)
        if here is None:
            return self._with_class(path, text, model) if edit.keep else text
        for name, value in edit.meta:
            said = self._meta_at_base(path, model, name) if edit.keep else value
            text = (
                with_meta(text, here.node, name, said)
                if said is not None
                else without_meta(text, here.node, name)
            )
            here = find_model(MemoryTree({path: text}), "", model) or here
        if edit.meta:
            return text
        statement = here.field(edit.attribute)
        if edit.statement:
            behind = here.field(edit.behind) if edit.behind else None
            if statement is not None:
                return text
            text = with_statement(text, here.node, edit.statement, behind)
            for line in edit.imports:
                text = with_import(text, line)
            return text
        if statement is None and edit.keep:
            try:
                before = self.facts.base.tree.read(path)
            except KeyError:
                return text
            there = find_model(MemoryTree({path: before}), "", model)
            kept = there.field(edit.attribute) if there else None
            if there is None or kept is None:
                return text
            above = field_before(there, here, edit.attribute)
            text = with_statement(text, here.node, segment(there.source, kept), above)
            text = _with_imports(text, there, kept)
            again = find_model(MemoryTree({path: text}), "", model)
            statement = again.field(edit.attribute) if again else None
        elif statement is not None and edit.keep:
            text = self._as_base_has_it(path, text, model, edit.attribute, statement)
            again = find_model(MemoryTree({path: text}), "", model)
            statement = again.field(edit.attribute) if again else None
        for name in edit.without:
            if statement is not None:
                text = without_keyword(text, statement, name)
                again = find_model(MemoryTree({path: text}), "", model)
                statement = again.field(edit.attribute) if again else None
        for name, value in edit.keywords:
            if statement is not None:
                text = with_keyword(text, statement, name, value) or text
                again = find_model(MemoryTree({path: text}), "", model)
                statement = again.field(edit.attribute) if again else None
        return text

    def _with_class(self, path: str, text: str, model: str) -> str:
        """A class that the pull request takes away stays, where this file had it."""
        from analyzers.trees import MemoryTree

        try:
            before = self.facts.base.tree.read(path).decode()
        except (KeyError, UnicodeDecodeError):
            return text
        there = find_model(MemoryTree({path: before}), "", model)
        return with_class(text, before, model) if there is not None else text

    def _meta_at_base(self, path: str, model: str, name: str) -> str | None:
        """The option *name* of the model's ``Meta`` on the base, as source; None where it has none."""
        from analyzers.trees import MemoryTree

        try:
            there = find_model(MemoryTree({path: self.facts.base.tree.read(path)}), "", model)
        except KeyError:
            return None
        option = meta_option(there.node, name) if there is not None else None
        return segment(there.source, option.value) if there is not None and option else None

    def _as_base_has_it(
        self, path: str, text: str, model: str, attribute: str, statement: ast.stmt
    ) -> str:
        from analyzers.trees import MemoryTree

        try:
            before = self.facts.base.tree.read(path)
        except KeyError:
            return text
        there = find_model(MemoryTree({path: before}), "", model)
        kept = there.field(attribute) if there else None
        if there is None or kept is None:
            return text
        lines = text.splitlines(keepends=True)
        indent = " " * statement.col_offset
        start, end = statement.lineno - 1, statement.end_lineno or statement.lineno
        put = [*lines[:start], f"{indent}{segment(there.source, kept)}\n", *lines[end:]]
        return _with_imports("".join(put), there, kept)


def _with_imports(text: str, there: Found, kept: ast.stmt) -> str:
    """*text* with what the statement *kept* of the same file, as it was *there*, needs."""
    module = parse(there.source.encode())
    for line in imports_of(kept, module, here=True) if isinstance(module, ast.Module) else ():
        text = with_import(text, line)
    return text


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
