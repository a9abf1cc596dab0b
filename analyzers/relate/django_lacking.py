"""What a pull request's Django models lack in migrations, as findings."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from shlex import quote

from analyzers.findings import Finding, NewFile, Severity
from analyzers.read.values import Call
from analyzers.relate.brought import REMOVALS
from analyzers.relate.django_state import DjangoState, ModelKey
from analyzers.relate.facts import Facts
from analyzers.relate.gaps import Gap, by_model, described, with_renames
from analyzers.relate.manage import manage
from analyzers.relate.unmigrated import unloaded, unmigrated
from analyzers.vocabulary import Framework, Place

_IN_STATE = (
    "It changes nothing in the database, so no deploy fails; but makemigrations --check does, "
    "and the next makemigrations of somebody else carries this change along."
)
_HALF = (
    "The project splits such changes into a pull request for the models and one for the migration; "
    "until the other half is there, everybody's makemigrations carries this change along."
)
_NONE_KEPT = (
    "The base has models of this app and not one migration of it either: where each deployment "
    "writes its own, they differ from one database to the other; else none of these tables is made."
)
_FORGOTTEN = (
    "The database gets what no code knows; makemigrations --check fails, "
    "and the next makemigrations of somebody else takes it away again{data}."
)
_ALTERED = (
    "It changes nothing in the database, so no deploy fails; but makemigrations --check does, "
    "and the next makemigrations of somebody else takes it back."
)
_IN_DATABASE = (
    "The code expects a schema that no deploy will make; "
    "the next makemigrations of somebody else will carry this change along."
)


def django_lacking(rule: str, facts: Facts) -> Iterator[Finding]:
    """A finding for each model of which the migrations say something else, since the base."""
    # Of a file in conflict there is no merged text to judge by, and no file to write from it.
    torn = frozenset(facts.comparison.text_conflicts)
    gaps = facts.missing_django.gaps
    unsure = {g.app for g in gaps if not torn.isdisjoint(_said_in(g, facts))} if torn else set()
    # What makemigrations would write for these apps takes away what was just made: not to be offered.
    forgotten = {g.app for g in gaps if g.brought_by}
    found = by_model(
        tuple(g for g in gaps if g.app not in unsure or torn.isdisjoint(_said_in(g, facts)))
    )
    if not found:
        return
    written = facts.write_missing()
    questions = _by_model(q.text for q in written.questions)
    texts: dict[str, Mapping[tuple[str, str, str | None], str]] = {}
    offered: set[str] = set()
    for (app, model), apart in found.items():
        lacking = with_renames(apart, written.renamed)
        fields = {g.name for g in lacking if g.operation.endswith("Field")}
        label = facts.label(app)
        asked = questions.get(model.lower(), ())
        command = f"{facts.manage(app)} makemigrations {label}"
        directory = _directory(facts, app)
        files: tuple[NewFile, ...] = ()
        if not written.questions and app not in offered | unsure | forgotten:
            # One file closes all gaps of an app: it comes with the first of its findings.
            offered.add(app)
            files = tuple(f for f in written.files if _stands_in(f, directory))
        if app not in texts:
            texts[app] = {} if written.questions else _fields_written(written.files, directory)
        # What cannot be written is not offered.
        ours = written.questions or any(_stands_in(f, directory) for f in written.files)
        by = f"{command}, or twostep makemigrations --write." if ours else f"{command}."
        half = facts.config.split_style == "files" and _half(lacking, facts.state)
        harmless = not any(g.reaches_database for g in lacking)
        unkept = _keeps_none(app, facts)
        # What has just been made would be taken away again, by hand as well.
        mended = not _is_forgotten(lacking)
        message, why, remedy = _words(lacking, f"{label}.{model}", facts, by, half=half)
        yield Finding(
            rule=rule,
            severity=Severity.WARNING if half or harmless or unkept else None,
            framework=Framework.DJANGO,
            place=lacking[0].place if lacking[0].place.path else facts.model_place(app),
            app=app,
            model=f"{label}.{model}",
            column=fields.pop() if len(fields) == 1 and len(lacking) == 1 else None,
            identity=tuple(sorted({f"{g.operation}:{g.name or ''}" for g in lacking})),
            message=message,
            why=_NONE_KEPT if unkept and not (half or harmless) else why,
            remedy=" ".join([remedy, *asked]),
            new_files=files,
            operations=described(lacking, texts[app]) if mended else (),
            commands=(command,) if mended else (),
        )


def _words(
    lacking: Sequence[Gap], model: str, facts: Facts, by: str, *, half: bool
) -> tuple[str, str, str]:
    """
    The message, the reason and the remedy.

    *by* is what writes the migration; *half* says that the pull request is one of two for a change.
    """
    harmless = not any(g.reaches_database for g in lacking)
    if _is_forgotten(lacking):
        holds = any(g.operation in {"RemoveField", "DeleteModel"} for g in lacking)
        why = _FORGOTTEN.format(data=", with the data" if holds else "")
        why = _HALF if half else _ALTERED if harmless else why
        return (
            _forgotten(lacking, model),
            why,
            "Merge, migrate and deploy this half alone, then open the pull request with the model."
            if half
            else "Commit the model's change with the migration, or take the operation out of the migration.",
        )
    why = _IN_STATE if harmless else _HALF if half else _IN_DATABASE
    if all(_is_usual_key(g, facts) for g in lacking):
        message, remedy = _another_key(lacking[0], model, facts, by)
        return message, why, remedy
    how = (
        "Merge and deploy this half alone, then open the pull request with the migration"
        if half
        else "Write the migration and commit it with the model"
    )
    return _changed(lacking, model), why, f"{how}: {by}"


def _keeps_none(app: str, facts: Facts) -> bool:
    """Whether the app has its folder for migrations and models on the base, and no migration there nor in what is merged."""
    had = (m for key, m in facts.views[0].models.found.items() if key[0] == app)
    return any(m.managed and not m.proxy for m in had) and not any(
        key.app == app for view in facts.views for key in view.graph.migrations
    )


def _is_forgotten(lacking: Sequence[Gap]) -> bool:
    """Whether new migrations make or change all of it, and the models do not say so."""
    return all(g.brought_by for g in lacking)


def _directory(facts: Facts, app: str) -> str:
    return next((a.directory for a in facts.merged.django.apps if a.name == app), "")


def _stands_in(file: NewFile, directory: str) -> bool:
    return file.path.rpartition("/")[0] == directory


def _fields_written(
    files: Iterable[NewFile], directory: str
) -> dict[tuple[str, str, str | None], str]:
    """The operations on fields of the *files* in *directory*, on one line each: by kind, model and field."""
    found: dict[tuple[str, str, str | None], str] = {}
    for file in files:
        if not _stands_in(file, directory):
            continue
        for node in ast.walk(ast.parse(file.content)):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="AddField" | "AlterField" as kind), keywords=given
                ):
                    said = {k.arg: k.value for k in given}
                    model, name = (said.get(key) for key in ("model_name", "name"))
                    if isinstance(model, ast.Constant) and isinstance(name, ast.Constant):
                        found[kind, str(model.value), str(name.value)] = ast.unparse(node)
                case _:
                    pass
    return found


def apps_without_migrations(rule: str, facts: Facts) -> Iterator[Finding]:
    """A finding for each app that gets its first models, and has no package for migrations."""
    if not facts.merged.django.apps:
        # Without any migration nobody says that tables are made by migrations.
        return
    for app in unmigrated(*facts.views, facts.changed_paths):
        command = f"{manage(facts.merged.tree.paths(), app.package)} makemigrations {app.label}"
        yield Finding(
            rule=rule,
            severity=Severity.WARNING,
            framework=Framework.DJANGO,
            place=Place(app.model.path, app.model.line, app.model.line),
            app=app.label,
            model=f"{app.label}.{app.model.name}",
            identity=("no migrations",),
            message=f"The app {app.label} has models and no folder for migrations: migrate makes no table of theirs.",
            why="makemigrations passes over an app without the folder unless it is named, and --check is content; the tests pass, because Django makes such tables for tests alone.",
            remedy=f"Run {command}: named, it makes the folder. Commit what it writes.",
            commands=(command,),
        )


def folders_without_init(rule: str, facts: Facts) -> Iterator[Finding]:
    """A finding for each app whose folder of migrations is no package, so that Django loads none of them."""
    for app in unloaded(*facts.views, facts.changed_paths):
        init = f"{app.directory}/__init__.py"
        first = min(m.path for m in facts.merged.by_path.values() if m.key.app == app.name)
        yield Finding(
            rule=rule,
            framework=Framework.DJANGO,
            place=Place(first),
            app=app.label,
            identity=("no package",),
            message=f"Django loads no migration of {app.label}: {app.directory} has no __init__.py.",
            why="Without it the app counts as one without migrations: migrate makes none of its tables and says nothing, makemigrations --check is content, and the tests pass, because Django makes such tables for tests alone.",
            remedy=f"Add an empty {init}.",
            new_files=(NewFile(path=init, content="", title="the package of the migrations"),),
            commands=(f"touch {quote(init)}",),
        )


def _said_in(gap: Gap, facts: Facts) -> set[str]:
    """The files that say what *gap* is about: a model's and a field's, on the base and merged."""
    found = {gap.place.path}
    for view in facts.views:
        model = view.models.found.get((gap.app, gap.model.lower()))
        if model is not None:
            found.add(model.path)
            field = model.fields.get(gap.name or "")
            found |= {field.path} if field is not None else set()
    return found


def _half(gaps: tuple[Gap, ...], state: DjangoState) -> bool:
    """
    Whether *gaps* are what half of a split leaves open, with all running code served meanwhile.

    The database has more than the models ask for, is looser than they are, or
    has the column under another name that the models are told.
    """
    served = {
        g.name
        for g in gaps
        if (g.aspect == "null" and g.held == "True")
        or (isinstance(g.value, Call) and g.value.get("db_column") is not None)
    }
    return all(
        g.operation == "DeleteModel"
        or (g.operation == "RemoveField" and _fills_itself(g, state))
        or (g.operation == "AlterField" and g.name in served)
        for g in gaps
    )


def _fills_itself(gap: Gap, state: DjangoState) -> bool:
    """Whether rows can be written by code that does not know the column."""
    model = state.models.get(ModelKey(gap.app, gap.model.lower()))
    field = model.fields.get(gap.name or "") if model is not None else None
    return isinstance(field, Call) and (
        field.get("null") is True
        or field.get("db_default") is not None
        or field.func.endswith(".ManyToManyField")
    )


def _by_model(questions: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """*questions* by the model that they name, in small letters; as its name may stand anywhere, by each word."""
    found: dict[str, list[str]] = {}
    for text in questions:
        for name in dict.fromkeys(word.partition(".")[0].lower() for word in text.split()):
            found.setdefault(name, []).append(text)
    return found


def _changed(gaps: Sequence[Gap], model: str) -> str:
    """What *model* is or has without a migration that makes it so."""
    match _differing(gaps):
        case "it is new":
            return f"The model {model} is new, and no migration creates it."
        case "it is gone":
            return f"The model {model} is gone, and no migration deletes it."
        case words:
            return f"The model {model} changed, and no migration says so: {words}."


def _is_usual_key(gap: Gap, facts: Facts) -> bool:
    """Whether it is the key of a model, which is another one since the base because no setting names any."""
    kind = (gap.operation, gap.name, gap.aspect)
    return kind == ("AlterField", "id", "class") and gap.said == facts.views[1].auto_field_since


def _another_key(gap: Gap, model: str, facts: Facts, by: str) -> tuple[str, str]:
    """The message and the remedy where Django adds another key to *model* than before."""
    before, after = (view.django_version for view in facts.views)
    now = gap.said.rpartition(".")[2]
    why = "no setting says DEFAULT_AUTO_FIELD any more"
    if after is not None and before != after:
        why = f"Django {after[0]}.{after[1]} adds it where no setting says DEFAULT_AUTO_FIELD"
    return (
        f"The key of {model} becomes {now}, and no migration says so: {why}.",
        f'Keep the keys as they are: DEFAULT_AUTO_FIELD = "{gap.held}" in the settings. '
        f"Or write the migration, under which the table and those that refer to it are written anew: {by}",
    )


def _differing(gaps: Sequence[Gap]) -> str:
    """What differs, in a few words, at most six of them."""
    said = list(dict.fromkeys(_one(g) for g in gaps))
    more = f" and {len(said) - 6} more" if len(said) > 6 else ""
    return "; ".join(said[:6]) + more


def _forgotten(gaps: Sequence[Gap], model: str) -> str:
    """What new migrations make or change and *model* does not say."""
    by = " and ".join(dict.fromkeys(g.brought_by for g in gaps))
    s = "" if " and " in by else "s"
    if any(g.operation == "DeleteModel" for g in gaps):
        return f"{by} make{s} the model {model}, and no class is that model."
    made = [g for g in gaps if g.operation in REMOVALS]
    said = []
    if made:
        things = [g.operation.removeprefix("Remove").lower() + f" {g.name}" for g in made]
        said.append(f"make{s} the {', the '.join(things)}")
    if changed := [_one(g).removesuffix(" changed") for g in gaps if g not in made]:
        said.append(f"change{s} {', '.join(dict.fromkeys(changed))}")
    it = "have it" if len(gaps) == 1 else "have them"
    return f"{by} {' and '.join(said)} of {model}, and the model does not {'say so' if changed else it}."


def _one(gap: Gap) -> str:
    match gap.operation:
        case "CreateModel" if gap.aspect == "proxy":
            return "it is a proxy" if gap.said == "True" else "it has a table of its own"
        case "CreateModel":
            return "it is new"
        case "DeleteModel":
            return "it is gone"
        case "AddField":
            return f"the field {gap.name} is new"
        case "RemoveField":
            return f"the field {gap.name} is gone"
        case "RenameField":
            return f"the field {gap.name} is called {gap.said}"
        case "AlterField" if gap.aspect.startswith("the block ") and not (gap.said and gap.held):
            return f"{gap.aspect} of the field {gap.name} is {'new' if gap.said else 'gone'}"
        case "AlterField":
            return f"{gap.aspect} of the field {gap.name} changed"
        case "AddIndex":
            return f"the index {gap.name} is new"
        case "RenameIndex":
            return f"the index {gap.name} is called {gap.said}"
        case "AlterModelManagers":
            return "its managers changed"
        case "AddConstraint":
            return f"the constraint {gap.name} is new"
        case "AlterConstraint":
            return f"the error message of the constraint {gap.name} changed"
        case "RemoveIndex":
            return f"the index {gap.name} is gone"
        case "RemoveConstraint":
            return f"the constraint {gap.name} is gone"
        case _:
            return f"the option {gap.name} changed"
