"""
Missing migrations: where the models and the state of the migrations part, since the base.

Each tree's models are compared with its own migrations; only what ``merged``
lacks and ``base`` did not lack in the same way counts. What cannot be known is
never reported: it stands on both sides, or it makes the answer uncertain.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace

from analyzers.frozen import dataclass
from analyzers.read.django.model_class import BASE, ModelClass
from analyzers.read.django.version import Version
from analyzers.read.values import Call, Value
from analyzers.relate.brought import REMOVALS, altered, brought
from analyzers.relate.django_fields import normal_field, same
from analyzers.relate.django_said import named_index
from analyzers.relate.django_state import ModelKey, Unread
from analyzers.relate.doubts import doubts
from analyzers.relate.gaps import ABSENT, Gap, source
from analyzers.relate.habits import COSMETIC
from analyzers.relate.outside import comes_from_outside
from analyzers.relate.own_keys import given
from analyzers.relate.stream_fields import is_stream, parts
from analyzers.relate.upgrades import differs_in_version
from analyzers.relate.view import View
from analyzers.vocabulary import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What is missing in ``merged``, and what could not be judged."""

    gaps: tuple[Gap, ...] = ()
    unread: tuple[Unread, ...] = ()
    bases: tuple[Unread, ...] = ()
    """Classes that are not read, from which a model inherits now, and the migrations have nothing new of it."""
    fields: tuple[Unread, ...] = ()
    """New fields of classes that are not read, and of which nobody has made a field yet."""
    doubts: tuple[Unread, ...] = ()
    """Changed fields of which it is not known whether the migrations hold them as they are now."""


def missing(base: View, merged: View) -> Missing:
    """What *merged* lacks and *base* did not lack in the same way."""
    before = {(u.app, u.migration, u.text) for u in base.state.unread}
    unread = tuple(u for u in merged.state.unread if (u.app, u.migration, u.text) not in before)
    uncertain = {u.app for u in unread} | (merged.graph.uncertain - base.graph.uncertain)
    # Where a parent is not there, no order is certain, and Django itself would not answer.
    uncertain |= merged.graph.torn_since(base.graph)
    # What an app lacks that is as it was, the base lacks as well.
    touched = (base.app_names | merged.app_names) - merged.alike - uncertain
    known = base.gaps_in(touched)
    found = []
    fields = []
    for identity, gap in merged.gaps_in(touched).items():
        if _lost_with_its_base(gap, base, merged, known):
            found.append(gap)
            continue
        if identity in known or _left_out(gap, base, merged):
            continue
        if _stands(gap, base, merged):
            changer = altered(gap, base, merged)
            if changer is not None:
                gap = replace(gap, place=changer.place, brought_by=changer.key.name)
            found.append(gap)
        elif gap.operation == "AddField" and isinstance(value := gap.value, Call):
            if base.knows_nothing_of(value):
                text = f"`{value.func}`, the class of the new field {gap.name} of {gap.model},"
                fields.append(Unread(gap.app, "", gap.place, text))
        elif gap.operation in REMOVALS and not _apart(gap.app, merged):
            maker = brought(gap, base, merged, known)
            if maker is not None:
                found.append(replace(gap, place=maker.place, brought_by=maker.key.name))
    return Missing(
        gaps=tuple(found),
        unread=unread,
        bases=tuple(_gained_bases(base, merged, touched)),
        fields=tuple(fields),
        doubts=tuple(doubts(base, merged, touched, found)),
    )


def asked(found: Missing, django: Callable[[], Version | None]) -> Missing:
    """
    *found* without what the project's Django asks for no more.

    No model has an ``index_together`` since 5.1: what migrations hold of one stays there, unless an index takes its place.
    """
    idle = {g for g in found.gaps if g.operation == "AlterIndexTogether"}
    idle = {g for g in idle if not any(_takes_its_place(other, g) for other in found.gaps)}
    if not idle or (django() or (0, 0)) < (5, 1):
        return found
    return replace(found, gaps=tuple(g for g in found.gaps if g not in idle))


def _takes_its_place(gap: Gap, together: Gap) -> bool:
    fields = gap.value.get("fields") if isinstance(gap.value, Call) else None
    return (
        gap.operation == "AddIndex"
        and (gap.app, gap.model) == (together.app, together.model)
        and isinstance(fields, list | tuple)
        and repr(tuple(fields)) in together.held
    )


def _gained_bases(base: View, merged: View, apps: Collection[str]) -> Iterator[Unread]:
    for key, now in sorted(merged.models.found.items()):
        then, state = base.models.found.get(key), merged.state.models.get(ModelKey(*key))
        if key[0] not in apps or then is None or state is None:
            continue
        if state != base.state.models.get(ModelKey(*key)):
            continue
        for reason in now.incomplete:
            if reason.startswith(BASE) and reason not in then.incomplete:
                text = f"`{reason.removeprefix(BASE)}`, from which {now.name} inherits now,"
                yield Unread(now.app, "", Place(now.path, now.line, now.line), text)


def _lost_with_its_base(
    gap: Gap, base: View, merged: View, known: Mapping[tuple[str, ...], Gap]
) -> bool:
    """Whether the field of *gap* may have come from a base that was not read, and the model has no such base any more."""
    key = ModelKey(gap.app, gap.model.lower())
    then, now = base.models.found.get(key), merged.models.found.get(key)
    if gap.operation != "RemoveField" or gap.identity not in known or then is None or now is None:
        return False
    if (
        not then.incomplete
        or now.incomplete
        or not all(r.startswith(BASE) for r in then.incomplete)
    ):
        return False
    # Where plain models lack fields as well, there is code that adds some, and nobody has seen it.
    return all(
        base.models.found[other].incomplete
        for g in known.values()
        if g.operation == gap.operation
        and (other := ModelKey(g.app, g.model.lower())) in base.models.found
    )


_OF_DJANGO = frozenset(
    {"admin", "auth", "contenttypes", "flatpages", "redirects", "sessions", "sites"}
)
"""Labels of Django's own apps: none of their models has ever been renamed."""


def _renamed_outside(gap: Gap, merged: View) -> bool:
    """
    Whether both targets of the relation are models of one library.

    Where its migrations rename one to the other, they do it in the state of this project's models too.
    """
    targets = (gap.said, gap.held)
    labels = {target.strip("'").partition(".")[0] for target in targets}
    return (
        len(labels) == 1
        and all(target.startswith("'") for target in targets)
        and not labels & {*_OF_DJANGO, *(a.label.lower() for a in merged.reading.apps)}
    )


def _left_out(gap: Gap, base: View, merged: View) -> bool:
    """Whether the project's migrations pass over such things; its habits are asked for only where it matters."""
    aspect = gap.aspect.rpartition(".")[2] or gap.name
    if not gap.kind and aspect not in COSMETIC:
        return False
    # What a pull request lacks itself, however much of it, is nobody's habit yet.
    left = base.untracked | merged.passed_over
    return aspect in left or gap.kind in left


def _stands(gap: Gap, base: View, merged: View) -> bool:
    """Whether *gap*, new since the base, is certain enough to be said."""
    key = ModelKey(gap.app, gap.model.lower())
    if _of_django(gap.app, merged):
        return False
    if gap.weak and not _agreed_before(gap, base, merged, key):
        return False
    if gap.aspect == "limit_choices_to" and not gap.held and _leaves_out(base, gap.aspect):
        # Django writes it since 2.0.
        return False
    if gap.aspect == "to" and _renamed_outside(gap, merged):
        return False
    match gap.operation:
        case "AlterField" if gap.of_blocks:
            return _blocks_agreed(gap, base, key)
        case "CreateModel":
            model = merged.models.found[key]
            if model.options.get("auto_created") or _test(model.path):
                return False
            return merged.settings.installs(_package(gap.app, merged)) or _has_migrations(
                gap.app, merged
            )
        case "DeleteModel":
            return (
                key in base.models.found
                and not _defined_elsewhere(gap, base, merged)
                and not comes_from_outside(gap, base, merged)
            )
        case "RemoveField":
            return _removal_stands(gap, base, merged, key)
        case "AddField" if gap.name not in merged.models.found[key].fields:
            return _given_before(base, key) is not None
        case "AddField":
            # The field's class may come with it.
            return base.made_by_migrations(gap.value) or _defines_class_of(gap.value, merged)
        case "RenameIndex":
            return gap.held in _names_given(base, key)
        case "RemoveIndex" | "RemoveConstraint":
            return _member_removal_stands(gap, base, merged, key)
        case _:
            return True


def _defines_class_of(value: Value, view: View) -> bool:
    return isinstance(value, Call) and view.project.find_class(value.func) is not None


def _of_django(app: str, view: View) -> bool:
    """Whether *app* is in a copy of Django in the repository: its fields are as of its own version, not as we know them."""
    return "/django/contrib/" in f"/{_package(app, view)}"


def _apart(app: str, view: View) -> bool:
    """Whether *app* is Django's own or the tests': what it lacks on purpose is its own business."""
    return _of_django(app, view) or _test(f"{_package(app, view)}/models.py")


def _package(app: str, view: View) -> str:
    return next((a.package for a in view.reading.apps if a.name == app), "")


def _has_migrations(app: str, view: View) -> bool:
    return any(key.app == app for key in view.graph.migrations)


def _leaves_out(base: View, argument: str) -> bool:
    """Whether models of the base say *argument*, and none of its migrations does."""
    return any(g.aspect == argument and not g.held for g in base.gaps.values()) and not any(
        isinstance(field, Call) and field.get(argument) is not None
        for model in base.state.models.values()
        for field in model.fields.values()
    )


def _agreed_before(gap: Gap, base: View, merged: View, key: ModelKey) -> bool:
    """
    Whether the base's model and migrations said the same, in the same surroundings.

    A new migration that says otherwise may know what the class has from code that is not read.
    """
    now, then = merged.models.found.get(key), base.models.found.get(key)
    state, after_all = base.state.models.get(key), merged.state.models.get(key)
    if now is None or then is None or set(now.incomplete) != set(then.incomplete):
        return False
    if state is None or after_all is None:
        return False
    name = gap.name or ""
    if gap.operation != "AlterField" and any(
        reason.startswith("metaclass") for reason in now.incomplete
    ):
        # What the metaclass makes of ``Meta`` is code, and code may have changed.
        return False
    if gap.operation == "AlterModelOptions":
        said, kept = (base.plain(m.options.get(name, ABSENT)) for m in (then, state))
        if after_all.options.get(name, ABSENT) != state.options.get(name, ABSENT):
            return False
        return same(said, kept) is True
    before, after = then.fields.get(name), now.fields.get(name)
    held = state.fields.get(name)
    if (
        before is None
        or after is None
        or not isinstance(before.value, Call)
        or not isinstance(after.value, Call)
        or not isinstance(held, Call)
        or before.value.func != after.value.func
        or (
            not (gap.said and gap.held)
            and merged.drops(after.value.func, gap.aspect)
            and not (_followed(after.value, merged) and _followed(held, merged))
        )
        or after_all.fields.get(name) != held
    ):
        return False
    spoken = normal_field(before.value, base.context(then)).arguments.get(gap.aspect, ABSENT)
    old = normal_field(held, base.context(then)).arguments.get(gap.aspect, ABSENT)
    return spoken == old or same(spoken, old) is True


def _followed(field: Call, view: View) -> bool:
    """Whether it is known what the project's own class of *field* writes of it."""
    known = view.class_of(field.func)
    return known is not None and known.written(field) is not None


def _blocks_agreed(gap: Gap, base: View, key: ModelKey) -> bool:
    """Whether the base had the same blocks on both sides; of a new field, whether its migrations hold blocks at all."""
    then, state = base.models.found.get(key), base.state.models.get(key)
    name = gap.name or ""
    before = then.fields.get(name) if then is not None else None
    held = state.fields.get(name) if state is not None else None
    if (
        before is not None
        and isinstance(held, Call)
        and is_stream(before.value)
        and is_stream(held)
    ):
        return parts(base, before, held) == ()
    return base.keeps_blocks


def _removal_stands(gap: Gap, base: View, merged: View, key: ModelKey) -> bool:
    now, then = merged.models.found.get(key), base.models.found.get(key)
    if now is None or then is None:
        return False
    if gap.name in then.fields or gap.name in (_given_before(base, key) or ()):
        return set(now.incomplete) <= set(then.incomplete) and not _may_be_brought(
            now, base, merged
        )
    # The field is the migrations' alone: certain only where a migration that dropped it is lost.
    held = base.state.models.get(key)
    gained = held is not None and gap.name not in held.fields
    added = {k for k in merged.graph.migrations if k.app == gap.app} - set(base.graph.migrations)
    return gained and not added and not now.incomplete


def _may_be_brought(model: ModelClass, base: View, merged: View) -> bool:
    """Whether a base that is not read comes in another version, and may have the field now."""
    packages = {r.removeprefix(BASE).partition(".")[0] for r in model.incomplete if "." in r}
    return any(differs_in_version(p, base.tree, merged.tree) for p in packages)


def _given_before(base: View, key: ModelKey) -> Mapping[str, Value] | None:
    """What Django gave the model of *base* by itself; None where that is not certain."""
    then = base.models.found.get(key)
    return given(base, then) if then is not None else None


def _member_removal_stands(gap: Gap, base: View, merged: View, key: ModelKey) -> bool:
    """As for a field: the base's model had it, or a migration that dropped it is lost."""
    option = "indexes" if gap.operation == "RemoveIndex" else "constraints"
    then = base.models.found.get(key)
    held = base.state.models.get(key)
    if then is None or held is None:
        return False
    lists = [(then.options.get(option, [])), held.options.get(option, [])]
    in_models, in_state = (
        [source(v) for v in one] if isinstance(one, list | tuple) else [] for one in lists
    )
    name = gap.name or ""
    if any(name in text for text in in_models):
        return True
    added = {k for k in merged.graph.migrations if k.app == gap.app} - set(base.graph.migrations)
    if any(name in text for text in in_state):
        # An index without a name of its own left the models; what it is called stays the same.
        fewer = len(in_models) > len(_listed(merged, key, option))
        before = _names_given(base, key).get(name)
        return fewer or (before is not None and before != _names_given(merged, key).get(name))
    return not added


def _names_given(view: View, key: ModelKey) -> dict[str, str]:
    """What Django calls those indexes of a model that have no name of their own, and what they are."""
    model = view.models.found.get(key)
    unnamed = [
        index
        for index in _listed(view, key, "indexes")
        if isinstance(index, Call) and index.get("name") is None
    ]
    named = [named_index(index, model) for index in unnamed] if model is not None else []
    return {str(index.get("name")): source(index) for index in named if isinstance(index, Call)}


def _listed(view: View, key: ModelKey, option: str) -> list[Value]:
    model = view.models.found.get(key)
    listed = model.options.get(option, []) if model is not None else []
    return list(listed) if isinstance(listed, list | tuple) else []


def _defined_elsewhere(gap: Gap, base: View, merged: View) -> bool:
    """Whether some file of the app still has a class of the model's name, but for one that was there beside the model."""
    app = next((a for a in merged.reading.apps if a.name == gap.app), None)
    if app is None:
        return True
    prefix = f"{app.package}/" if app.package else ""
    needle = f"class {gap.model}(".encode()
    then = base.models.found[ModelKey(gap.app, gap.model.lower())].path
    there = frozenset(base.project.python) - {then}
    return any(
        needle in (now := merged.tree.read(path))
        and not (path in there and base.tree.read(path) == now)
        for path in merged.project.python
        if path.startswith(prefix) and "/migrations/" not in path and not _test(path)
    )


def _test(path: str) -> bool:
    parts = path.split("/")
    return any(p in {"tests", "test"} for p in parts[:-1]) or parts[-1].startswith("test_")
