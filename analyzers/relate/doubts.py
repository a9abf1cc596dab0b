"""Fields that the merge changes in a way of which it cannot be known whether a migration is due."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from analyzers.read.django.model_class import FieldDef
from analyzers.read.values import Call, Ref, known
from analyzers.relate.django_fields import normal_field, same
from analyzers.relate.django_state import ModelKey, Unread
from analyzers.relate.gaps import ABSENT, Gap, is_opaque
from analyzers.vocabulary import Place

if TYPE_CHECKING:
    from analyzers.read.django.model_class import ModelClass
    from analyzers.relate.view import View

_BESIDE = frozenset({"serialize", "auto_created", "db_tablespace", "parent_link", "related_name"})
"""Arguments that ask for no migration, or hang on the model's surroundings."""


def doubts(
    base: View, merged: View, apps: Collection[str], told: Iterable[Gap]
) -> Iterator[Unread]:
    """
    The changed fields of *apps* that the migrations hold as before, where the new definition hangs on code that is not read.

    What is *told* of a field already is no doubt any more.
    """
    said = {(gap.app, gap.model.lower(), gap.name) for gap in told}
    for key, now in sorted(merged.models.found.items()):
        then, state = base.models.found.get(key), merged.state.models.get(ModelKey(*key))
        if key[0] not in apps or then is None or state is None:
            continue
        if state != base.state.models.get(ModelKey(*key)) or now.proxy or not now.managed:
            continue
        for name, definition in now.fields.items():
            before, held = then.fields.get(name), state.fields.get(name)
            if before is None or not isinstance(held, Call) or (*key, name) in said:
                continue
            if definition.path.startswith("<") or definition.value == before.value:
                continue
            parts = _unsettled(base, merged, (then, before), (now, definition), held)
            if parts:
                text = f"`{now.name}.{name}` ({', '.join(parts)})"
                place = Place(definition.path, definition.line, definition.end_line)
                yield Unread(now.app, "", place, text)
        for name in sorted(then.fields.keys() & state.fields.keys() & now.unclear.keys()):
            if name not in now.fields:
                at = now.unclear[name]
                yield Unread(now.app, "", at, f"`{now.name}.{name}` (what makes it)")


def _unsettled(
    base: View,
    merged: View,
    then: tuple[ModelClass, FieldDef],
    now: tuple[ModelClass, FieldDef],
    held: Call,
) -> list[str]:
    """The class or the arguments that are others since the base, and of which nobody can say whether the state has them."""
    context = merged.context(now[0])
    if not isinstance(now[1].value, Call) or not isinstance(then[1].value, Call):
        return []
    said, old = normal_field(now[1].value, context), normal_field(held, context)
    was = normal_field(then[1].value, base.context(then[0]))
    if said.cls not in (was.cls, old.cls) and not (said.known and old.known):
        return ["its class"]
    found = []
    left = base.untracked | merged.passed_over
    for name, one in said.arguments.items():
        if name in _BESIDE or name in left or name.startswith("*"):
            continue
        unread = not known(one) or is_opaque(one) or isinstance(one, Ref)
        if (
            unread
            and same(one, was.arguments.get(name, ABSENT)) is not True
            and same(one, old.arguments.get(name, ABSENT)) is None
        ):
            found.append(f"`{name}`")
    return sorted(found)
