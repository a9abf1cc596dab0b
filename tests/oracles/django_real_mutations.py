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
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from analyzers.config import Config, DjangoConfig
from analyzers.read.cache import MemoryCache
from analyzers.read.django.model_class import FieldDef, ModelClass
from analyzers.read.values import Call
from analyzers.relate.django_writer import write_missing
from analyzers.relate.facts import Facts
from analyzers.relate.gaps import Gap
from analyzers.relate.missing import missing
from analyzers.relate.view import View
from analyzers.trees import Comparison, MemoryTree, OverlayTree, Tree
from tests.oracles import django_projects
from tests.oracles.django_projects import PROJECTS, Project, ask, install, packages_of, sources

ROUNDS = 7
"""Copies of each project; each has at most one mutation of a model."""
SILENT_SHARE = 0.35
LEANED_ON = frozenset({"editable added", "field removed", "field renamed", "class changed"})
"""Kinds by which other code of a project may fail to be imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One change of one model's source: lines *first* to *last* become *new*."""

    kind: str
    silent: bool
    model: ModelClass
    first: int
    last: int
    new: tuple[str, ...]


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


# -- the mutations --------------------------------------------------------------------


def of_field(said: FieldDef, text: str) -> Iterator[tuple[str, str]]:
    """Kinds and new sources of the call that makes a field; *text* is the old one."""
    value = said.value
    assert isinstance(value, Call)
    given = {key for key, _ in value.kwargs}
    kind = value.func.rpartition(".")[2]

    def plus(argument: str) -> str:
        body = text.rstrip()[:-1].rstrip()
        comma = "" if body.endswith(("(", ",")) else ", "
        return f"{body}{comma}{argument})"

    def swapped(pattern: str, new: str) -> str | None:
        made, count = re.subn(pattern, new, text, count=1)
        # What stood first may have left its comma behind.
        return re.sub(r"\(\s*,\s*", "(", made, count=1) if count else None

    simple = kind not in {"ManyToManyField", "GeneratedField"}
    for argument, new in (
        ("help_text", 'help_text="A mutated text"'),
        ("verbose_name", 'verbose_name="mutated name"'),
        ("db_column", 'db_column="mutated_column"'),
        ("editable", "editable=False"),
        ("db_comment", 'db_comment="mutated"'),
        ("error_messages", 'error_messages={"blank": "Mutated"}'),
    ):
        positional = argument == "verbose_name" and value.args
        if argument not in given and simple and not positional:
            yield f"{argument} added", plus(new)
        elif argument in {"help_text", "verbose_name"} and argument in given:
            made = swapped(rf"{argument}=(_\()?([\"'])", rf"{argument}=\1\2Mutated ")
            if made is not None:
                yield f"{argument} changed", made
    if kind in {"CharField", "SlugField", "URLField"}:
        made = swapped(r"max_length=(\d+)", r"max_length=1\1")
        if made is not None:
            yield "max_length grown", made
    if kind == "DecimalField":
        made = swapped(r"max_digits=(\d+)", r"max_digits=1\1")
        if made is not None:
            yield "max_digits grown", made
    if simple and "null" not in given and "primary_key" not in given and kind != "AutoField":
        yield "null=True added", plus("null=True")
    made = swapped(r",?\s*null=True", "") if "default" not in given else None
    if made is not None and simple:
        yield "null=True taken away", made
    if "blank" not in given and kind != "BooleanField":
        yield "blank=True added", plus("blank=True")
    made = swapped(r",?\s*blank=True", "")
    if made is not None:
        yield "blank=True taken away", made
    if kind in {"CharField", "TextField", "IntegerField"} and not given & {"default", "choices"}:
        yield "default added", plus('default="5"' if kind != "IntegerField" else "default=5")
    made = swapped(r"default=True", "default=False")
    if made is not None:
        yield "default changed", made
    if kind in {"CharField", "IntegerField", "DateField", "DateTimeField", "BooleanField"}:
        if not given & {"db_index", "unique", "primary_key"}:
            yield "db_index added", plus("db_index=True")
            yield "unique added", plus("unique=True")
        if "choices" not in given and kind == "CharField":
            yield "choices added", plus('choices=[("a", "A"), ("b", "B")]')
        if "validators" not in given and kind == "IntegerField":
            yield "validators added", plus("validators=[]")
    made = swapped(r",?\s*(db_index|unique)=True", "")
    if made is not None:
        yield "db_index or unique taken away", made
    if kind in {"ForeignKey", "OneToOneField"}:
        made = swapped(r"models\.CASCADE", "models.PROTECT")
        if made is not None:
            yield "on_delete changed", made
        if "related_query_name" not in given:
            yield "related_query_name added", plus('related_query_name="mutated"')
        if "db_constraint" not in given:
            yield "db_constraint taken away", plus("db_constraint=False")
        made = swapped(r"related_name=([\"'])(?!\+)", r"related_name=\1mutated_")
        if made is not None:
            yield "related_name changed", made
    for one, two in (
        ("models.IntegerField", "models.BigIntegerField"),
        ("models.CharField", "models.TextField"),
        ("models.DateTimeField", "models.DateField"),
        ("models.PositiveIntegerField", "models.IntegerField"),
        ("models.TextField", "models.CharField"),
    ):
        if text.startswith(f"{one}("):
            made = text.replace(one, two, 1)
            if two == "models.CharField" and "max_length" not in given:
                made = made.rstrip()[:-1].rstrip().rstrip(",") + (
                    "max_length=200)"
                    if made.rstrip()[:-1].rstrip().endswith("(")
                    else ", max_length=200)"
                )
            yield "class changed", made


SILENT_FIELD = ("parenthesised", "comment after it", "spread over lines")
NEW_FIELDS = {
    "CharField added": 'models.CharField(max_length=30, default="")',
    "nullable field added": "models.DateField(null=True)",
    "flag added": "models.BooleanField(default=False)",
    "unique field added": "models.CharField(max_length=9, null=True, unique=True)",
    "number added": "models.PositiveSmallIntegerField(default=3, db_index=True)",
    "JSON added": "models.JSONField(default=dict, blank=True)",
}
IN_CLASS = {
    "method added": ("def mutated(self):", "    return self.pk"),
    "property added": ("@property", "def mutated(self):", "    return 1"),
    "constant added": ("MUTATED = 5",),
    "annotation added": ("mutated: int",),
    "static method added": ("@staticmethod", "def mutated(value):", "    return value"),
    "inner class added": ("class Mutated:", "    x = 1"),
    "comment added": ("# a mutated comment",),
}
META = {
    "ordering": "ordering = ['-pk']",
    "verbose_name": "verbose_name = 'mutated'",
    "db_table": "db_table = 'mutated_{table}'",
    "get_latest_by": "get_latest_by = 'pk'",
    "permissions": "permissions = [('can_mutate', 'Can mutate')]",
    "default_permissions": "default_permissions = ('add',)",
    "default_related_name": "default_related_name = 'mutated_%(class)s'",
}


def mutations(view: View, tree: Tree, dice: random.Random) -> list[Mutation]:
    """At most one for each model, silent ones among them."""
    found = []
    for key in sorted(view.models.found):
        model = view.models.found[key]
        if model.proxy or not model.managed or not model.certain or key not in view.state.models:
            continue
        lines = tree.read(model.path).decode(errors="replace").splitlines()
        if not any(
            re.match(r"from django\.db import .*\bmodels\b(?! as )", each) for each in lines
        ):
            # What is put in speaks of ``models``.
            continue
        candidates = list(_candidates(model, lines))
        silent = [m for m in candidates if m.silent]
        loud = [m for m in candidates if not m.silent]
        pool = silent if silent and dice.random() < SILENT_SHARE else loud or silent
        # Rare kinds are as likely as frequent ones.
        kinds = sorted({m.kind for m in pool})
        if kinds:
            chosen = dice.choice(kinds)
            found.append(dice.choice([m for m in pool if m.kind == chosen]))
    return found


def _candidates(model: ModelClass, lines: Sequence[str]) -> Iterator[Mutation]:
    node = _class_in("\n".join(lines), model)
    if node is None:
        return
    body = "\n".join(lines[node.lineno - 1 : node.end_lineno])

    def at(kind: str, silent: bool, first: int, last: int, new: Sequence[str]) -> Mutation:
        return Mutation(
            kind=kind, silent=silent, model=model, first=first, last=last, new=tuple(new)
        )

    indent = " " * (node.body[0].col_offset)
    plain = [
        statement
        for statement in node.body
        if isinstance(statement, ast.Assign)
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], ast.Name)
        and statement.targets[0].id in model.fields
        and isinstance(statement.value, ast.Call)
        and model.fields[statement.targets[0].id].path == model.path
        and model.fields[statement.targets[0].id].line == statement.lineno
    ]
    for statement in plain:
        name = statement.targets[0].id  # type: ignore[attr-defined]
        said = model.fields[name]
        first, last = statement.lineno, statement.end_lineno or statement.lineno
        text = ast.get_source_segment("\n".join(lines), statement.value)
        if text is None or not isinstance(said.value, Call) or "#" in text:
            continue
        if said.value.func.startswith("django.db.models."):
            for kind, new in of_field(said, text):
                yield at(kind, False, first, last, f"{indent}{name} = {new}".split("\n"))
            if len(re.findall(rf"\b{name}\b", body)) == 1 and "primary_key" not in text:
                yield at("field removed", False, first, last, ())
                yield at(
                    "field renamed",
                    False,
                    first,
                    last,
                    f"{indent}{name}_mutated = {text}".split("\n"),
                )
        yield at("parenthesised", True, first, last, f"{indent}{name} = ({text})".split("\n"))
        yield at(
            "comment after it", True, first, last, f"{indent}{name} = {text}  # mutated".split("\n")
        )
    if plain:
        line = plain[-1].end_lineno or plain[-1].lineno
        for kind, text in NEW_FIELDS.items():
            yield at(kind, False, line + 1, line, (f"{indent}mutated_field = {text}",))
        for kind, inner in IN_CLASS.items():
            yield at(kind, True, line + 1, line, [f"{indent}{each}" for each in inner])
    meta = next((s for s in node.body if isinstance(s, ast.ClassDef) and s.name == "Meta"), None)
    if meta is not None and not meta.bases and plain:
        inside = " " * meta.body[0].col_offset
        names = {
            t.id
            for s in meta.body
            if isinstance(s, ast.Assign)
            for t in s.targets
            if isinstance(t, ast.Name)
        }
        for option, text in META.items():
            if option not in names and not (
                option == "ordering" and "order_with_respect_to" in names
            ):
                written = inside + text.format(table=f"{model.label}_{model.name.lower()}")
                start = meta.body[0].lineno
                yield at(f"Meta.{option}", False, start, start - 1, (written,))
        column = plain[0].targets[0].id  # type: ignore[attr-defined]
        short = f"{model.label[:4]}_{model.name.lower()[:14]}"
        start = meta.body[0].lineno
        for option, text in (
            ("indexes", f"models.Index(fields=['{column}'], name='mutated_{short}')"),
            (
                "constraints",
                f"models.UniqueConstraint(fields=['{column}'], name='mutated_{short}')",
            ),
        ):
            if option not in names and "ManyToMany" not in ast.unparse(plain[0].value):
                yield at(
                    f"Meta.{option}", False, start, start - 1, (f"{inside}{option} = [{text}]",)
                )


def _class_in(source: str, model: ModelClass) -> ast.ClassDef | None:
    for node in ast.parse(source).body:
        if (
            isinstance(node, ast.ClassDef)
            and node.name == model.name
            and node.lineno <= model.line + 20
        ):
            return node
    return None


def mutated(files: Mapping[str, bytes], chosen: Sequence[Mutation]) -> dict[str, bytes]:
    """The files that change, with all of *chosen* in them; those that Python refuses are left as they are."""
    by_path: dict[str, list[Mutation]] = defaultdict(list)
    for one in chosen:
        by_path[one.model.path].append(one)
    changed = {}
    for path, ones in by_path.items():
        lines = files[path].decode(errors="replace").splitlines()
        for one in sorted(ones, key=lambda m: -m.first):
            lines[one.first - 1 : one.last] = one.new
        changed[path] = ("\n".join(lines) + "\n").encode()
    return changed


# -- both answers ---------------------------------------------------------------------

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
        base = _views(MemoryTree(files), MemoryTree(files), config)[0]
        for number in range(rounds):
            chosen = [
                one
                for one in mutations(base, base.tree, random.Random(f"{project.name} {number}"))
                # A package may bring apps that are not installed: its tests' above all.
                if f"{one.model.label}.{one.model.name}".lower() in said["models"]
            ]
            changed = mutated(files, chosen)
            _replace(overlay, changed)
            try:
                answer = real(project, overlay)
            except RuntimeError:
                # A form or an admin class leans on what was changed: the others may go on.
                _replace(overlay, {path: files[path] for path in changed})
                chosen = [one for one in chosen if one.kind not in LEANED_ON]
                changed = mutated(files, chosen)
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


def _views(before: Tree, after: Tree, config: Config) -> tuple[View, View]:
    comparison = Comparison(merge_base=before, base=before, head=after, merged=after)
    return Facts(comparison, config, MemoryCache())._models


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
    merged = _views(base.tree, OverlayTree(base.tree, changed), base.config)[1]
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
    alone = _views(base.tree, OverlayTree(base.tree, _their_migrations(answer, base)), base.config)
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
    after = _views(base.tree, OverlayTree(merged.tree, added), base.config)[1]
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
