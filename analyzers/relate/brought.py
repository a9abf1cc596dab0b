"""
What new migrations make or change and no model says: the models' half was forgotten, or is yet to come.

Django would take it back with the next ``makemigrations``. That something is
missing is said only where the class can be read whole: code that is not read may well have it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from analyzers.frozen import dataclass
from analyzers.read.django.libraries import FIELD_CLASSES
from analyzers.read.django.migrations import Content
from analyzers.read.django.model_class import MODEL
from analyzers.read.values import Call, Ref, Value
from analyzers.relate.django_fields import is_django_field
from analyzers.relate.django_state import ModelKey, ModelState, argument, model_of
from analyzers.relate.gaps import Gap
from analyzers.relate.view import View
from analyzers.vocabulary import Key, Place

_FROM_OUTSIDE = (b"add_to_class", b"contribute_to_class")
_PREPARED = b"class_prepared"
"""The signal at which a handler may add anything to any model, under a name that it puts together."""
_MEMBERS = {
    "RemoveField": ("AddField", "fields"),
    "RemoveIndex": ("AddIndex", "indexes"),
    "RemoveConstraint": ("AddConstraint", "constraints"),
}
"""The operation that closes a gap -> the one that opened it, and the argument of ``CreateModel`` that may have."""

_CHANGES = frozenset(
    {"AlterField", "AlterModelOptions", "AlterUniqueTogether", "AlterIndexTogether"}
)
"""The operations that close a gap and may have opened it."""

REMOVALS = frozenset({*_MEMBERS, "DeleteModel"})
"""What Django would write to take away what no model has."""


@dataclass(frozen=True, slots=True)
class Brought:
    """The migration that makes or changes something, and where."""

    key: Key
    place: Place


def brought(
    gap: Gap, base: View, merged: View, known: Mapping[tuple[str, ...], Gap]
) -> Brought | None:
    """
    The new migration that makes what *gap* would take away; None where none does, or it is not certain.

    *known* are the gaps of the base: where one of the kind stands there already,
    the models have ways that are not read.
    """
    if any(
        one.app == gap.app
        and one.operation == gap.operation
        and (one.operation == "DeleteModel" or one.model.lower() == gap.model.lower())
        for one in known.values()
    ):
        return None
    found = _maker(gap, base, merged)
    if found is None:
        return None
    certain = _gone(gap, merged) if gap.operation == "DeleteModel" else _whole(gap, merged)
    return found if certain else None


def altered(gap: Gap, base: View, merged: View) -> Brought | None:
    """The new migration that changes the field or the option of *gap*, which the class says as it did; None where none does."""
    key = (gap.app, gap.model.lower())
    then, now = base.models.found.get(key), merged.models.found.get(key)
    if then is None or now is None or gap.operation not in _CHANGES:
        return None
    name = gap.name or ""
    if gap.operation == "AlterField":
        before, after = then.fields.get(name), now.fields.get(name)
        alike = before is not None and after is not None and before.value == after.value
    else:
        alike = then.options.get(name) == now.options.get(name)
    return _found(base, merged, gap, _changes) if alike else None


def _maker(gap: Gap, base: View, merged: View) -> Brought | None:
    return _found(base, merged, gap, _makes)


def _found(base: View, merged: View, gap: Gap, does: Callable[[Call, Gap], bool]) -> Brought | None:
    """The first operation of new migrations that *does* what *gap* is about."""
    new = merged.graph.migrations.keys() - base.graph.migrations.keys()
    for key in sorted(k for k in new if k.app == gap.app):
        content = merged.graph.migrations[key].content
        if isinstance(content, Content):
            for operation in content.operations:
                if any(does(call, gap) for call in _state_operations(operation.call)):
                    return Brought(key, operation.place)
    return None


def _changes(call: Call, gap: Gap) -> bool:
    """Whether the operation *call* changes the field or the option of *gap*."""
    of_field = gap.operation == "AlterField"
    model = argument(call, "model_name" if of_field else "name", 0)
    return (
        call.func.rpartition(".")[2] == gap.operation
        and isinstance(model, str)
        and model.lower() == gap.model.lower()
        and (not of_field or argument(call, "name", 1) == gap.name)
    )


def _state_operations(call: Value) -> Iterator[Call]:
    if not isinstance(call, Call):
        return
    yield call
    listed = call.get("state_operations")
    for inner in listed if isinstance(listed, list | tuple) else ():
        if isinstance(inner, Call):
            yield inner


def _makes(call: Call, gap: Gap) -> bool:
    """Whether the operation *call* makes what *gap* would take away."""
    name = call.func.rpartition(".")[2]
    if name == "CreateModel":
        made = model_of(call, gap.app)
        if made is None or made.name.lower() != gap.model.lower():
            return False
        return gap.operation == "DeleteModel" or gap.name in _members(made, gap)
    added, option = _MEMBERS.get(gap.operation, ("", ""))
    model = argument(call, "model_name", 0)
    if name != added or not isinstance(model, str) or model.lower() != gap.model.lower():
        return False
    if option == "fields":
        return bool(argument(call, "name", 1) == gap.name)
    member = argument(call, "index" if option == "indexes" else "constraint", 1)
    return isinstance(member, Call) and bool(member.get("name") == gap.name)


def _members(made: ModelState, gap: Gap) -> set[Value]:
    """The names of the fields, indexes or constraints that a model is created with."""
    _, option = _MEMBERS[gap.operation]
    if option == "fields":
        return {*made.fields}
    listed = made.options.get(option)
    members = listed if isinstance(listed, list | tuple) else ()
    return {str(m.get("name")) for m in members if isinstance(m, Call)}


def _whole(gap: Gap, merged: View) -> bool:
    """Whether all that the class of *gap*'s model has stands in plain sight."""
    model = merged.models.found.get((gap.app, gap.model.lower()))
    state = merged.state.models.get(ModelKey(gap.app, gap.model.lower()))
    if model is None or state is None or not state.complete or not model.certain:
        return False
    if model.incomplete or model.made_of or not model.options_known:
        return False
    found = merged.project.find_class(model.dotted)
    if found is None:
        return False
    own = merged.project.mro(found)
    if any(owner.module.foreign or owner.node.decorator_list for owner in own):
        # What a library's class or a decorator adds depends on their version.
        return False
    if any(_may_add_others(definition.value, merged) for definition in model.fields.values()):
        return False
    name = (gap.name or "").encode()
    return not any(
        _PREPARED in text or (name in text and any(word in text for word in _FROM_OUTSIDE))
        for text in _sources(merged)
    )


def _may_add_others(field: Value, merged: View) -> bool:
    """Whether the class of *field* is one that is not known: ``MarkupField`` gives its model two more."""
    if not isinstance(field, Call):
        return True
    known = is_django_field(field.func) or field.func in FIELD_CLASSES
    return not known and merged.project.find_class(field.func) is None


def _gone(gap: Gap, merged: View) -> bool:
    """Whether nothing in the tree is called as *gap*'s model, which a plain class would have to make."""
    state = merged.state.models.get(ModelKey(gap.app, gap.model.lower()))
    if state is None or not state.complete or not isinstance(state.bases, list | tuple):
        return False
    if any(base != Ref(MODEL) for base in state.bases) or _may_be_made_of_another(gap, merged):
        return False
    word = re.compile(rb"(?i)\b%s\b" % re.escape(gap.model).encode())
    return not any(word.search(text) for text in _sources(merged))


def _may_be_made_of_another(gap: Gap, merged: View) -> bool:
    """Whether what is not read of a model makes others, named after it: ``@track`` keeps an ``OrderEvent`` of each ``Order``."""
    named = (
        model
        for (app, name), model in merged.models.found.items()
        if app == gap.app and name in gap.model.lower()
    )
    for model in named:
        found = merged.project.find_class(model.dotted)
        if found is None or any(owner.node.decorator_list for owner in merged.project.mro(found)):
            return True
        if any(_may_add_others(definition.value, merged) for definition in model.fields.values()):
            return True
    return False


def _sources(view: View) -> Iterator[bytes]:
    """All Python of the tree but its migrations."""
    directories = {app.directory for app in view.reading.apps}
    paths = sorted(p for p in view.project.python if p.rpartition("/")[0] not in directories)
    view.tree.prefetch(paths)
    for path in paths:
        try:
            yield view.tree.read(path)
        except KeyError:
            continue
