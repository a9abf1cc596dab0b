"""
Models of published projects mutated in many ways, and what their real ``makemigrations`` says.

    python -m tests.oracles.django_real_mutations [PROJECT ...]

Mutations of different models are put into one copy of the project's sources, so
that one process of Django in the project's own environment answers for many.
Two-Step reads the same copy. Asked of each mutation: is a migration missing for
the model, and which operations. Then Django's own migrations are added to the
copy, and nothing may be missing any more. The operations that Two-Step would
write are compared with Django's as text.
"""

from __future__ import annotations

import ast
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from analyzers.config import Config, DjangoConfig
from analyzers.relate.django_writer import write_missing
from analyzers.relate.gaps import Gap
from analyzers.relate.missing import missing
from analyzers.relate.view import View
from analyzers.trees import MemoryTree, OverlayTree
from tests.oracles import django_projects
from tests.oracles.django_projects import PROJECTS, Project, ask, install, packages_of, sources
from tests.oracles.django_real_mutations_cases import (
    IN_CLASS,
    LEANED_ON,
    SILENT_FIELD,
    Mutation,
    mutations,
)
from tests.oracles.source_edits import edited
from tests.support.views import views_of

ROUNDS = 7
"""Copies of each project; each has at most one mutation of a model."""


@dataclass(slots=True)
class Tally:
    """What came out, by kind."""

    right: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    other: Counter[str] = field(default_factory=Counter)
    """Found by both, but with other operations."""
    after: Counter[str] = field(default_factory=Counter)
    """Still said to be missing after Django's own migration."""
    alone: Counter[str] = field(default_factory=Counter)
    """Django's own migrations without the change of the model."""
    written: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)


Found = dict[tuple[str, str], list[tuple[str, str]]]
"""By app label and model: the operations and the names that they are about."""


def real(project: Project, overlay: Path) -> dict[str, Any]:
    """What Django says of the project with the packages in *overlay* in front of its own."""
    first = [str(overlay), *(str(overlay / root) for root in project.roots)]
    usual = django_projects.environment_of(project)["PYTHONPATH"]
    environment = {
        **project.environment,
        "PYTHONPATH": os.pathsep.join([*first, usual]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    answer: dict[str, Any] = ask(replace(project, environment=environment), "_django_missing.py")
    return answer


def by_model(answer: Mapping[str, Any], known: Mapping[str, Any]) -> Found:
    """Operations that are not in *known*, the answer without any mutation."""
    found: Found = defaultdict(list)
    for app, said in answer.items():
        old = [tuple(o) for o in known.get(app, {"operations": []})["operations"]]
        for operation in said["operations"]:
            one = tuple(operation)
            if one in old:
                old.remove(one)
                continue
            kind, model, name = one
            found[app, model].append((kind, name))
    return found


def ours(gaps: Sequence[Gap], labels: Mapping[str, str]) -> Found:
    """The same of what Two-Step finds."""
    found: Found = defaultdict(list)
    for gap in gaps:
        one = (gap.operation, "" if gap.operation.startswith("AlterModel") else gap.name or "")
        listed = found[labels.get(gap.app, gap.app), gap.model.lower()]
        if one not in listed:
            listed.append(one)
    return found


def run(project: Project, tally: Tally, rounds: int = ROUNDS) -> int:
    """All rounds of one project; how many mutations were asked about."""
    install(project)
    files = sources(project)
    asked = 0
    with tempfile.TemporaryDirectory() as scratch:
        overlay = Path(scratch)
        for name in project.own:
            subprocess.run(["cp", "-al", packages_of(project) / name, overlay / name], check=True)
        said = real(project, overlay)
        config = Config(django=DjangoConfig(**{**said["settings"], **project.config}))
        base = views_of(MemoryTree(files), MemoryTree(files), config)[0]
        for number in range(rounds):
            chosen = [
                one
                for one in mutations(base, base.tree, random.Random(f"{project.name} {number}"))
                # A package may bring apps that are not installed: its tests' above all.
                if f"{one.model.label}.{one.model.name}".lower() in said["models"]
            ]
            changed = edited(files, chosen)
            _replace(overlay, changed)
            try:
                answer = real(project, overlay)
            except RuntimeError:
                # A form or an admin class leans on what was changed: the others may go on.
                _replace(overlay, {path: files[path] for path in changed})
                chosen = [one for one in chosen if one.kind not in LEANED_ON]
                changed = edited(files, chosen)
                _replace(overlay, changed)
                try:
                    answer = real(project, overlay)
                except RuntimeError as error:
                    print(f"  {project.name} {number}: {str(error)[-400:]}", file=sys.stderr)
                    continue
            finally:
                _replace(overlay, {path: files[path] for path in changed})
            asked += len(chosen)
            _judge(project, base, changed, chosen, answer["apps"], said["apps"], tally)
    return asked


def _replace(overlay: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        # The file shares its content with the installed one: it is replaced, not written.
        (overlay / path).unlink()
        (overlay / path).write_bytes(content)


def _judge(
    project: Project,
    base: View,
    changed: Mapping[str, bytes],
    chosen: Sequence[Mutation],
    answer: Mapping[str, Any],
    known: Mapping[str, Any],
    tally: Tally,
) -> None:
    labels = {app.name: app.label for app in base.reading.apps}
    truth = by_model(answer, known)
    merged = views_of(base.tree, OverlayTree(base.tree, changed), base.config)[1]
    gaps = missing(base, merged).gaps
    said = ours(gaps, labels)
    for one in chosen:
        where = (one.model.label, one.model.name.lower())
        there, here = sorted(truth.get(where, [])), sorted(said.get(where, []))
        what = f"{project.name} {'.'.join(where)} {one.kind}: {here} is {there}"
        if bool(there) == bool(here):
            tally.right[one.kind] += 1
            if [k for k, _ in there] != [k for k, _ in here]:
                tally.other[one.kind] += 1
                tally.lines.append(f"other {what}")
        elif there:
            tally.missed[one.kind] += 1
            tally.lines.append(f"missed {what} {one.new}"[:500])
        else:
            tally.false[one.kind] += 1
            tally.lines.append(f"false {what} {one.new}"[:500])
    touched = {(m.model.label, m.model.name.lower()) for m in chosen}
    for where in set(said) - touched - set(truth):
        tally.false["a model that nobody touched"] += 1
        tally.lines.append(f"false {project.name} {where}: {said[where]}")
    _with_their_migrations(project, base, merged, answer, chosen, tally)
    _migrations_alone(project, base, answer, truth, chosen, tally)
    _as_written(merged, gaps, answer, known, labels, tally)


def _their_migrations(answer: Mapping[str, Any], view: View) -> dict[str, bytes | None]:
    """The files that Django would write, by the paths at which it would."""
    directories = {app.label: app.directory for app in view.reading.apps}
    return {
        f"{directories[app]}/{name}.py": text.encode()
        for app, said in answer.items()
        for name, text in said["sources"]
        if app in directories
    }


def _migrations_alone(
    project: Project,
    base: View,
    answer: Mapping[str, Any],
    truth: Mapping[tuple[str, str], Sequence[tuple[str, str]]],
    chosen: Sequence[Mutation],
    tally: Tally,
) -> None:
    """Django's own migrations, added to models as they were: these do not have what is made."""
    alone = views_of(
        base.tree, OverlayTree(base.tree, _their_migrations(answer, base)), base.config
    )
    labels = {app.name: app.label for app in base.reading.apps}
    said = {(labels.get(gap.app), gap.model.lower()) for gap in missing(*alone).gaps}
    for one in chosen:
        where = (one.model.label, one.model.name.lower())
        if truth.get(where):
            tally.alone["asked"] += 1
            if where in said:
                tally.alone["told"] += 1
            else:
                tally.lines.append(f"alone {project.name} {'.'.join(where)} {one.kind}")


def _with_their_migrations(
    project: Project,
    base: View,
    merged: View,
    answer: Mapping[str, Any],
    chosen: Sequence[Mutation],
    tally: Tally,
) -> None:
    """Django's own migrations, added: nothing is missing any more that was not before."""
    labels = {app.name: app.label for app in merged.reading.apps}
    added = _their_migrations(answer, merged)
    after = views_of(base.tree, OverlayTree(merged.tree, added), base.config)[1]
    left = missing(base, after).gaps
    for one in chosen:
        mine = [
            gap.identity
            for gap in left
            if labels.get(gap.app) == one.model.label
            and gap.model.lower() == one.model.name.lower()
        ]
        tally.after["asked"] += 1
        if mine:
            tally.after["still missing"] += 1
            where = f"{project.name} {one.model.label}.{one.model.name}"
            tally.lines.append(f"after {where} {one.kind}: {mine[:2]}"[:500])


def _as_written(
    view: View,
    gaps: Sequence[Gap],
    answer: Mapping[str, Any],
    known: Mapping[str, Any],
    labels: Mapping[str, str],
    tally: Tally,
) -> None:
    """The operations as text, app by app, where both sides want the same ones."""
    files = write_missing(view, gaps).files
    directories = {app.directory: app.label for app in view.reading.apps}
    mine: dict[str, list[str]] = defaultdict(list)
    for file in files:
        mine[directories[file.path.rpartition("/")[0]]] += _operations(file.content)
    for app, said in answer.items():
        if known.get(app) or app not in mine:
            continue
        theirs = [text for _, source in said["sources"] for text in _operations(source)]
        for text in theirs:
            if "preserve_default=False" in text:
                # Django would ask for a value here; Two-Step says so and gives no file for it.
                tally.written["questions"] += 1
                continue
            tally.written["operations"] += 1
            if text in mine[app]:
                tally.written["equal"] += 1
            else:
                tally.lines.append(f"text {app}: {text[:300]}")


def _operations(source: str) -> list[str]:
    """Each operation of a migration's source, in one spelling."""
    try:
        module = ast.parse(source)
    except SyntaxError:
        return []
    for node in ast.walk(module):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "operations":
            return [ast.unparse(each) for each in getattr(node.value, "elts", [])]
    return []


ROW = "{:32} {:>7} {:>7} {:>7} {:>7} {:>7}"


def main() -> int:
    """Print the table by kind, and every case that is not right; 1 where the goals are missed."""
    chosen = set(sys.argv[1:])
    tally, asked = Tally(), 0
    for project in PROJECTS:
        if not project.mutated or (chosen and project.name not in chosen):
            continue
        try:
            count = run(project, tally)
        except RuntimeError as error:
            print(f"{project.name}: {str(error)[-300:]}")
            continue
        asked += count
        print(f"{project.name}: {count} mutations", flush=True)
    for line in tally.lines:
        print(f"  {line}", file=sys.stderr)
    print(ROW.format("kind", "asked", "right", "missed", "false", "other"))
    for kind in sorted({*tally.right, *tally.missed, *tally.false}):
        right, missed, false = tally.right[kind], tally.missed[kind], tally.false[kind]
        count = right + missed + false
        print(ROW.format(kind, count, right, missed, false, tally.other[kind]))
    silent = {*SILENT_FIELD, *IN_CLASS}
    found = sum(n for kind, n in tally.right.items() if kind not in silent)
    missed, false = sum(tally.missed.values()), sum(tally.false.values())
    precision, recall = found / max(found + false, 1), found / max(found + missed, 1)
    written, equal = tally.written["operations"], tally.written["equal"]
    print(
        f"{asked} mutations; precision {precision:.2%}, recall {recall:.2%}; "
        f"{equal} of {written} operations written as Django writes them ({equal / max(written, 1):.2%}); "
        f"with Django's migration {tally.after['still missing']} of {tally.after['asked']} are still said to be missing; "
        f"of its migrations without the models' change {tally.alone['told']} of {tally.alone['asked']} are told"
    )
    return 0 if precision >= 0.995 and recall >= 0.97 else 1


if __name__ == "__main__":
    sys.exit(main())
