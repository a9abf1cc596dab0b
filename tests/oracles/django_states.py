"""
Models and states of published projects against Django's own, field by field.

    python -m tests.oracles.django_states [PROJECT ...]

For each project Django builds, in the project's own environment, the state of
every model from its class and from its migrations; the same is read from the
project's sources alone. Each field, option, base and manager agrees, is opaque
(the reader says that it does not know), or is wrong.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from analyzers.config import Config, DjangoConfig
from analyzers.read.django.field_classes import FieldClass
from analyzers.read.django.model_class import MODEL
from analyzers.read.values import Call, Opaque, Ref, Value, canonical
from analyzers.relate.django_fields import Context, in_one_spelling, normal_field
from analyzers.relate.django_state import ModelKey, ModelState
from analyzers.relate.members import normal_member
from analyzers.relate.view import View
from analyzers.trees import MemoryTree
from tests.oracles.django_causes import of_a_field, of_a_model
from tests.oracles.django_projects import (
    PROJECTS,
    Project,
    ask,
    install,
    settings_of,
    sources,
)
from tests.support.views import view_of

ABSENT = Opaque("(absent)")
NOT_COMPARED = frozenset({"swappable", "db_tablespace", "serialize"})
"""Django's own bookkeeping; ``serialize`` follows from ``primary_key``."""
SETS = frozenset({"unique_together", "index_together"})


@dataclass(slots=True)
class Verdicts:
    """What came out for one project: counts by side and kind, and the lines of what is not the same."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    opaque: list[str] = field(default_factory=list)
    causes: Counter[str] = field(default_factory=Counter)
    """Of the fields that are opaque: how many are for which reason."""

    def say(
        self, side: str, kind: str, where: str, verdict: bool | None, words: str, cause: str = ""
    ) -> None:
        """One comparison: True where it agrees, None where it is opaque, False where it is wrong."""
        if verdict is None and kind == "fields":
            self.causes[cause] += 1
        self.counts[f"{side} {kind}"] += 1
        outcome = {True: "agree", None: "opaque", False: "wrong"}[verdict]
        self.counts[f"{side} {kind} {outcome}"] += 1
        if verdict is None:
            self.opaque.append(f"{side} {where}: {words}"[:400])
        elif not verdict:
            self.wrong.append(f"{side} {where}: {words}"[:400])


def decoded(value: Any) -> Value:
    """What ``_django_encoded`` wrote, as one of the reader's values."""
    if not isinstance(value, dict):
        return value
    match value:
        case {"list": items}:
            return [decoded(v) for v in items]
        case {"tuple": items}:
            return tuple(decoded(v) for v in items)
        case {"dict": pairs}:
            return {_key(decoded(k)): decoded(v) for k, v in pairs}
        case {"ref": name}:
            return Ref(canonical(name))
        case {"call": path, "args": args, "kwargs": kwargs}:
            inner = tuple((k, decoded(v)) for k, v in kwargs)
            return Call(canonical(path), tuple(map(decoded, args)), inner)
        case _:
            return Opaque(str(value.get("other")))


def _key(value: Value) -> Value:
    return value if isinstance(value, str | int | float | tuple | None) else repr(value)


def view_of_project(truth: Mapping[str, Any], project: Project) -> View:
    """The project as a review reads it, with the settings module that its repository would hold."""
    said = truth["settings"]
    text = settings_of(project).encode()
    tree = MemoryTree({**sources(project), **({f"{project.module}.py": text} if text else {})})
    chosen = {
        "settings": project.module,
        "auth_user_model": said["AUTH_USER_MODEL"],
        "default_auto_field": said["DEFAULT_AUTO_FIELD"],
        **project.config,
    }
    config = Config(django=DjangoConfig(**chosen))
    return view_of(tree, config)


def compare(project: Project, truth: Mapping[str, Any]) -> Verdicts:
    """All models of the project's own apps, from both sides."""
    view = view_of_project(truth, project)
    verdicts = Verdicts()
    own = {
        label
        for label, said in truth["apps"].items()
        if said["name"].partition(".")[0] in {*project.own, *project.inside}
        or any(said["name"].startswith(f"{top}.") for top in project.own)
    }
    apps = {app.label: app.name for app in view.reading.apps}
    unread = {u.app for u in view.state.unread}
    for label, real in truth["models"].items():
        app, _, name = label.partition(".")
        if app in own and app in apps:
            model = view.models.found.get((apps[app], name))
            said = view.said(model) if model is not None else None
            whole = model is not None and not model.incomplete
            loose = model is not None and any("metaclass" in r for r in model.incomplete)
            context = view.context_of(app, name)
            _compare("models", label, real, said, (whole, loose), context, view, verdicts)
    for label, real in truth["state"].items():
        app, _, name = label.partition(".")
        if app in own and app in apps:
            state = view.state.models.get(ModelKey(apps[app], name))
            whole = state is not None and state.complete and app not in unread
            context = view.context_of(app, name)
            _compare("state", label, real, state, (whole, not whole), context, view, verdicts)
    for side, there, here in (
        ("models", truth["models"], view.models.found),
        ("state", truth["state"], view.state.models),
    ):
        for found, name in here:
            app = next((a.label for a in view.reading.apps if a.name == found), found)
            label = f"{app}.{name}"
            certain = side == "state" or view.models.found[found, name].certain
            if app in own and label not in there and certain:
                verdicts.say(side, "models", label, False, "Django has no such model")
    return verdicts


def _compare(
    side: str,
    label: str,
    real: Mapping[str, Any],
    ours: ModelState | None,
    known: tuple[bool, bool],
    context: Context,
    view: View,
    verdicts: Verdicts,
) -> None:
    """*known*: whether the model is said to be read whole, and whether what was read may be changed by what was not."""
    whole, loose = known
    there = {name: decoded(value) for name, value in real["fields"]}
    if ours is None:
        verdicts.say(side, "models", label, None, "not found")
        for name in there:
            where = f"{label}.{name}"
            why = of_a_model(side, ())
            verdicts.say(side, "fields", where, None, "the model is not found", why)
        return
    found = view.models.found.get((ours.app, ours.name.lower()))
    incomplete = found.incomplete if found is not None and side == "models" else ()
    verdicts.say(side, "models", label, ours.name == real["name"], f"name {ours.name}")
    for name, said in there.items():
        where = f"{label}.{name}"
        if name not in ours.fields:
            why = of_a_model(side, incomplete)
            verdicts.say(side, "fields", where, None if not whole else False, "not found", why)
            continue
        verdict, words, unequal = _field(ours.fields[name], said, context, view)
        why = of_a_field(ours.fields[name], unequal, view)
        if verdict is False and loose:
            verdict, why = None, of_a_model(side, incomplete)
        verdicts.say(side, "fields", where, verdict, words, why)
    for name in ours.fields:
        if name not in there:
            verdict = None if loose else False
            why = of_a_model(side, incomplete)
            verdicts.say(side, "fields", f"{label}.{name}", verdict, "too much", why)
    if whole and list(there) != list(ours.fields):
        verdicts.counts[f"{side} order"] += 1
    for name in sorted({*real["options"], *ours.options} - NOT_COMPARED):
        one = view.plain(ours.options.get(name, ABSENT))
        two = decoded(real["options"].get(name)) if name in real["options"] else ABSENT
        verdict = _option(name, one, two, whole, view, context)
        if verdict is False and loose:
            verdict = None
        verdicts.say(side, "options", f"{label} {name}", verdict, f"{one!r} is {two!r}")
    for kind, mine, theirs in (
        ("bases", ours.bases, [decoded(b) for b in real["bases"]]),
        ("managers", ours.managers, [decoded({"tuple": m}) for m in real["managers"]]),
    ):
        verdict = _bases(mine, theirs, view)
        verdicts.say(side, kind, f"{label} {kind}", verdict, f"{mine!r} is {theirs!r}")


def _bases(mine: Value, theirs: list[Value], view: View) -> bool | None:
    if not isinstance(mine, list | tuple):
        return None
    one = [b.lower() if isinstance(b, str) else b for b in mine]
    two = [b.lower() if isinstance(b, str) else b for b in theirs]
    if (one or [Ref(MODEL)]) == (two or [Ref(MODEL)]):
        return True
    return equal(one, two, view)


def _option(
    name: str, one: Value, two: Value, whole: bool, view: View, context: Context
) -> bool | None:
    if one is ABSENT or two is ABSENT:
        held = two if one is ABSENT else one
        if name in {"indexes", "constraints", *SETS} and held in ([], (), set(), None):
            return True
        if one is ABSENT and not whole:
            return None
        return None if _unknown(held) else False
    if name in SETS:
        if isinstance(one, Opaque):
            return None
        return _groups(one) == _groups(two)
    if name in {"indexes", "constraints"}:
        if not isinstance(one, list | tuple):
            return None
        mine = {source_name(m): m for m in (normal_member(view.plain(c)) for c in one)}
        theirs = {source_name(m): m for m in (normal_member(view.plain(c)) for c in two)}
        if set(mine) != set(theirs):
            unknown = any(_unknown(m) or not m.get("name") for m in mine.values())
            return None if unknown else False
        return _all(equal(mine[k], theirs[k], view) for k in mine)
    return equal(one, two, view)


def source_name(member: Value) -> str:
    """The name of an index or constraint."""
    name = member.get("name") if isinstance(member, Call) else None
    return name if isinstance(name, str) else repr(member)


def _groups(value: Value) -> frozenset[tuple[str, ...]]:
    items = list(value or ())
    if items and all(isinstance(i, str) for i in items):
        return frozenset({tuple(items)})
    return frozenset(tuple(i) for i in items)


def _field(
    value: Value, real: Value, context: Context, view: View
) -> tuple[bool | None, str, list[Value]]:
    """Whether both are the same field, in words what differs, and our side of it."""
    if not isinstance(value, Call) or not isinstance(real, Call):
        return None, repr(value), [value]
    # What Django wrote has been through the class's own ``deconstruct``: it is taken as it stands.
    plain = replace(context, class_of=lambda dotted: _as_written(context.class_of(dotted)))
    one, two = normal_field(value, context), normal_field(real, plain)
    answers: list[bool | None] = []
    words: list[str] = []
    unequal: list[Value] = []
    path = _same_path(one.cls, two.cls, view)
    if path is None:
        return None, f"class {one.cls} comes from elsewhere", []
    if not path:
        return (False if one.known else None), f"class {one.cls} is {two.cls}", []
    for name in sorted({*one.arguments, *two.arguments} - NOT_COMPARED):
        here, there = one.arguments.get(name, ABSENT), two.arguments.get(name, ABSENT)
        answer: bool | None
        if here is ABSENT or there is ABSENT:
            answer = False if one.known and not _unknown(here) else None
        else:
            answer = equal(here, there, view)
            if answer is False and not one.known:
                answer = None
        if answer is not True:
            words.append(f"{name} {here!r} is {there!r}"[:200])
            unequal.append(here)
        answers.append(answer)
    return _all(iter(answers)), "; ".join(words), unequal


def _as_written(found: FieldClass | None) -> FieldClass | None:
    return None if found is None else replace(found, written=lambda call: call)


def _all(answers: Iterator[bool | None]) -> bool | None:
    listed = list(answers)
    if False in listed:
        return False
    return None if None in listed else True


def _unknown(value: Value) -> bool:
    """Whether it holds what the reader does not claim to know: an expression, what a function gives."""
    match value:
        case Opaque():
            return value is not ABSENT
        case Call(func=func, args=args, kwargs=kwargs):
            own = func.startswith("django.") and not func.startswith("django.conf.settings.")
            if func.rpartition(".")[2].lstrip("_")[:1].islower() and not own:
                return True
            return any(_unknown(v) for v in (*args, *(v for _, v in kwargs)))
        case list() | tuple() | set() | frozenset():
            return any(_unknown(v) for v in value)
        case dict():
            return any(_unknown(v) for v in value.values())
        case _:
            return False


def equal(one: Value, two: Value, view: View) -> bool | None:
    """Exactly the same value, but for what the reader does not claim to know."""
    if isinstance(one, Opaque):
        return True if one == two else None
    if isinstance(one, Call) and isinstance(two, Call):
        one, two = in_one_spelling(one), in_one_spelling(two)
        path = _same_path(one.func, two.func, view)
        if not path:
            return None if path is None or _unknown(one) else False
        if len(one.args) != len(two.args) or {k for k, _ in one.kwargs} != {
            k for k, _ in two.kwargs
        }:
            return None if _unknown(one) else False
        others = dict(two.kwargs)
        pairs = [*zip(one.args, two.args, strict=True), *((v, others[k]) for k, v in one.kwargs)]
        return _all(equal(a, b, view) for a, b in pairs)
    if isinstance(one, Call):
        return None if _unknown(one) or isinstance(two, Opaque) else False
    if isinstance(one, Ref) and isinstance(two, Ref):
        return _same_path(one.name, two.name, view)
    if isinstance(one, Ref):
        # A name that could not be followed: the reader does not say what it is worth.
        return None if not one.name.startswith("builtins.") else False
    if isinstance(one, list | tuple) and isinstance(two, list | tuple):
        if len(one) != len(two):
            return None if _unknown(one) else False
        return _all(equal(a, b, view) for a, b in zip(one, two, strict=True))
    if isinstance(one, dict) and isinstance(two, dict):
        mine, theirs = ({repr(k): v for k, v in d.items()} for d in (one, two))
        if set(mine) != set(theirs):
            return False
        return _all(equal(v, theirs[k], view) for k, v in mine.items())
    if isinstance(one, set | frozenset) and isinstance(two, list):
        if len(one) != len(two):
            return None if _unknown(one) else False
        pairs = [*zip(sorted(one, key=repr), sorted(two, key=repr), strict=True)]
        answer = _all(equal(a, b, view) for a, b in pairs)
        return None if answer is False and any(isinstance(v, Ref) for v in one) else answer
    if isinstance(two, Opaque):
        # Values that have no literal: a date, a pattern; the text is Python's own.
        return repr(one) == two.text
    return type(one) is type(two) and one == two


def _star_imported(view: View, name: str) -> bool:
    """Whether its module takes it from a library of which the tree has no source."""
    module = view.project.module(name.rpartition(".")[0])
    return module is not None and not module.foreign and bool(module.names.stars)


def _same_path(one: str, two: str, view: View) -> bool | None:
    """One thing by two names: a library may define it elsewhere than where it is imported from."""
    one, two = _followed(view, one), _followed(view, two)
    if one == two:
        return True
    if _star_imported(view, one):
        return None
    head, tail = one.partition(".")[0], one.rpartition(".")[2]
    if not _foreign(view, one) or tail != two.rpartition(".")[2]:
        return False
    # Some packages have moved classes into another package.
    return True if head == two.partition(".")[0] else None


def _followed(view: View, name: str) -> str:
    """The path by which Python itself would name it: where it is defined."""
    value = view.project.resolve(canonical(name))
    return value.name if isinstance(value, Ref) else canonical(name)


def _foreign(view: View, name: str) -> bool:
    """Whether it is a library's whose source is not in the tree."""
    return view.project.module(name.partition(".")[0]) is None


ROW = "{:32} {:>6} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>6}"
COLUMNS = ("fields", "fields agree", "fields opaque")


def line(name: str, counts: Mapping[str, int], wrong: int) -> str:
    """One project of the table."""
    cells = [counts.get("models models", 0)]
    cells += [counts.get(f"models {c}", 0) for c in COLUMNS]
    cells += [counts.get(f"state {c}", 0) for c in COLUMNS]
    rest = sum(
        n
        for k, n in counts.items()
        if k.endswith(" opaque") and "fields" not in k and "models models" not in k
    )
    return ROW.format(name, *cells, rest, wrong)


def main() -> int:
    """Print the table; 1 where anything is wrong or a project cannot be asked."""
    chosen = set(sys.argv[1:])
    print(ROW.format("", "", "classes", "", "", "states", "", "", "other", ""))
    print(
        ROW.format(
            *("project", "models", "fields", "agree", "opaque", "fields", "agree", "opaque"),
            *("opaque", "wrong"),
        )
    )
    total: Counter[str] = Counter()
    causes: Counter[str] = Counter()
    wrong = 0
    for project in PROJECTS:
        if chosen and project.name not in chosen:
            continue
        try:
            install(project)
            verdicts = compare(project, ask(project, "_django_real.py"))
        except RuntimeError as error:
            print(f"{project.name}: {error}")
            wrong += 1
            continue
        total += verdicts.counts
        causes += verdicts.causes
        wrong += len(verdicts.wrong)
        print(line(project.name, verdicts.counts, len(verdicts.wrong)), flush=True)
        for text in verdicts.wrong:
            print(f"  wrong: {text}", file=sys.stderr)
        for text in verdicts.opaque:
            print(f"  opaque: {text}", file=sys.stderr)
    print(line("all", total, wrong))
    fields = total["models fields"] + total["state fields"]
    share = (total["models fields opaque"] + total["state fields opaque"]) / max(fields, 1)
    for cause, count in causes.most_common():
        print(f"{count:6} {cause}")
    print(f"{share:.2%} of all fields are opaque, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
