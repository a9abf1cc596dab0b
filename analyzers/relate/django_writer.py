"""
The missing migration as a file: Django's own autodetector, optimiser and writer on static values.

Only here is Django used as a library, imported when there is something to
write. It never sees a settings module or a model of the reviewed repository:
fields, indexes and constraints are stand-ins that know how they are written,
and the two states differ in exactly what was found missing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from analyzers import limits
from analyzers.findings import NewFile
from analyzers.read.django.version import Version
from analyzers.read.values import Call
from analyzers.relate.django_fields import USER
from analyzers.relate.django_project_states import DEFAULT_USER_MODEL, Builder
from analyzers.relate.django_state import ModelKey, ModelState
from analyzers.relate.django_without_forms import without_forms
from analyzers.relate.gaps import Gap
from analyzers.relate.view import View
from analyzers.relate.written import Answers, Question, Renamed, UnwritableError, Written
from analyzers.vocabulary import Key

if TYPE_CHECKING:
    from django.db.migrations.migration import Migration as DjangoMigration

_NUMBERED = re.compile(r"\d{4}_\w+$")
_RELATIONS = ("ForeignKey", "OneToOneField", "ManyToManyField")


def write_missing(
    view: View,
    gaps: Sequence[Gap],
    *,
    apps: Iterable[str] = (),
    name: str | None = None,
    answers: Answers | None = None,
    version: Version | None = None,
) -> Written:
    """
    The migrations that close *gaps* of *view*, as ``makemigrations`` would write them.

    *apps* limits it to those app names; *name* replaces Django's own choice of a name;
    *version* is the project's Django, where it is known.
    """
    wanted = set(apps)
    chosen = [gap for gap in gaps if not wanted or gap.app in wanted]
    if not chosen:
        return Written()
    too_much = tuple(_too_much(view, chosen))
    if too_much:
        return Written(problems=too_much)
    without_forms()
    from analyzers.relate import django_stand_in_fields as fields
    from analyzers.relate import django_stand_ins as django
    from analyzers.relate.django_autodetectors import autodetector

    answers = answers or Answers()
    django.configure(view.user_model or DEFAULT_USER_MODEL)
    builder = Builder(view, django, fields.field, version)
    builder.unwritable |= _not_whole(view, chosen)
    concerned = _concerned(view, chosen)
    before = builder.state(concerned)
    after = builder.state(concerned, chosen)
    django.bring_bases(before, after)
    asked: list[Question] = []
    questioner = django.Questioner(asked, answers)
    detector = autodetector(before, after, questioner, version)
    graph = django.graph(_nodes(view))
    changes: Mapping[str, list[DjangoMigration]] = detector.changes(
        graph=graph, trim_to_apps=wanted or None, migration_name=name
    )
    files: list[NewFile] = []
    problems: list[str] = list(builder.problems)
    renamed: list[Renamed] = []
    directories = {app.name: app.directory for app in view.reading.apps}
    labels = {app.name: app.label for app in view.reading.apps}
    for app, migrations in sorted(changes.items()):
        if app not in directories:
            continue
        if labels[app] in builder.unwritable:
            problems.append(f"{app}: {builder.unwritable[labels[app]]}")
            continue
        for migration in migrations:
            renamed += (
                Renamed(app=app, model=model, old=operation.old_name, new=operation.new_name)
                for operation in migration.operations
                if (model := getattr(operation, "model_name_lower", ""))
                and type(operation).__name__ == "RenameField"
            )
            # Of two apps with one label each project loads its own, by that label.
            migration.dependencies = [
                *dict.fromkeys(
                    (labels.get(one[0], one[0]), one[1]) if type(one) is tuple else one
                    for one in migration.dependencies
                )
            ]
            try:
                text = django.source(migration)
            except UnwritableError as error:
                problems.append(f"{app}: {error}")
                continue
            if len(text) > limits.SOURCE_BYTES:
                problems.append(f"{app}: the migration would be a file of {len(text):,} characters")
                continue
            path = f"{directories[app]}/{migration.name}.py"
            files.append(NewFile(path=path, content=text, title="missing migration"))
    return Written(
        files=tuple(files),
        questions=tuple(dict.fromkeys(asked)),
        problems=tuple(problems),
        renamed=tuple(renamed),
    )


def _too_much(view: View, gaps: Iterable[Gap]) -> Iterator[str]:
    """The apps that lack more than is written in one go, and why."""
    lacking: Counter[str] = Counter()
    coming: Counter[tuple[str, str]] = Counter()
    going: Counter[tuple[str, str]] = Counter()
    for gap in gaps:
        lacking[gap.app] += 1
        key = gap.app, gap.model.lower()
        coming[key] += gap.operation == "AddField"
        going[key] += gap.operation == "RemoveField"
        made = view.models.found.get(key) if gap.operation == "CreateModel" else None
        # Where two models lead to each other, a relation is an operation of its own.
        values = [definition.value for definition in made.fields.values()] if made else []
        lacking[gap.app] += sum(isinstance(v, Call) and v.func.endswith(_RELATIONS) for v in values)
    most, pairs = limits.WRITTEN_OPERATIONS, limits.WRITTEN_RENAMES
    many = {app for app, count in lacking.items() if count > most}
    many |= {key[0] for key, count in coming.items() if count * going[key] > pairs}
    for app in sorted(many):
        yield f"{app}: {lacking[app]:,} operations are missing, which are too many to be written here"


def _concerned(view: View, gaps: Sequence[Gap]) -> list[ModelState]:
    """
    The models that Django has to see: all, where some come or go; else those of *gaps*.

    What refers to a new or lost model decides on order and renames; of fields,
    options and indexes only their own model knows.
    """
    models = view.state.models
    if any(gap.operation in {"CreateModel", "DeleteModel"} for gap in gaps):
        return list(models.values())
    found: dict[ModelKey, None] = {}
    todo = [ModelKey(gap.app, gap.model.lower()) for gap in gaps]
    labels = {app.label.lower(): app.name for app in view.reading.apps}
    while todo:
        key = todo.pop()
        if key in found or key not in models:
            continue
        found[key] = None
        bases = models[key].bases
        for base in bases if isinstance(bases, list | tuple) else ():
            if isinstance(base, str):
                app, _, name = base.lower().rpartition(".")
                todo.append(ModelKey(labels.get(app, app), name))
    return [model for key, model in models.items() if key in found]


def _not_whole(view: View, gaps: Iterable[Gap]) -> dict[str, str]:
    """By app label: what changes along with *gaps*, or belongs to them, and is not known."""
    found: dict[str, str] = {}
    for gap in gaps:
        model = view.models.found.get((gap.app, gap.model.lower()))
        if model is None:
            continue
        if model.kept_by:
            found[model.label] = (
                f"@{model.kept_by} makes another model of {model.name}, which changes with it"
            )
        elif gap.operation == "CreateModel" and model.incomplete:
            found[model.label] = f"all that {model.name} has is not known ({model.incomplete[0]})"
    return found


def _nodes(view: View) -> dict[Key, tuple[Key, ...]]:
    """The migrations of the project, and of each app outside the newest one that they build on."""
    here = {app.name for app in view.reading.apps} | {app.label for app in view.reading.apps}
    outside = {"contenttypes": "0002_remove_content_type_name"}
    for key in view.graph.order:
        for app, name in view.graph.migrations[key].parents:
            if app not in here and _NUMBERED.match(name):
                outside[app] = max(name, outside.get(app, name))
    known = {Key(app, name): () for app, name in outside.items() if app not in here}
    return {key: view.graph.parents[key] for key in view.graph.order} | known


__all__ = ["USER", "Answers", "Question", "UnwritableError", "Written", "write_missing"]
