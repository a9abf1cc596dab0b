"""The models of one tree against the state that its migrations make."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeGuard

from analyzers.read.django.field_arguments import FIELD
from analyzers.read.django.meta_options import stands_at
from analyzers.read.django.model_class import FieldDef, ModelClass
from analyzers.read.django.stream_blocks import STREAM_FIELDS
from analyzers.read.values import Call, Ref, Value, known
from analyzers.relate import django_said
from analyzers.relate.django_fields import (
    CLOCKS,
    RELATIONS,
    USER,
    Context,
    NormalField,
    normal_field,
    same,
)
from analyzers.relate.django_state import ALTERABLE, ModelKey, ModelState
from analyzers.relate.gaps import ABSENT, Gap, gap_of, is_opaque, of_array, shown
from analyzers.relate.histories import is_history, still_kept
from analyzers.relate.keys import key_name
from analyzers.relate.members import name_of, normal_member, same_member, together
from analyzers.relate.own_keys import automatic, key_gaps
from analyzers.relate.stream_fields import is_stream, parts
from analyzers.vocabulary import Place

if TYPE_CHECKING:
    from analyzers.relate.view import View


def gaps_of(view: View, apps: Collection[str]) -> Iterator[Gap]:
    """Every disagreement between the classes and the migrations of *view* in *apps*."""
    for key, model in view.models.found.items():
        if key[0] not in apps:
            continue
        state = view.state.models.get(ModelKey(*key))
        place = Place(model.path, model.line, model.line)
        if state is None:
            if model.certain:
                yield Gap(
                    app=model.app,
                    model=model.name,
                    operation="CreateModel",
                    name=None,
                    aspect="",
                    said="",
                    held="",
                    place=place,
                    no_table=model.proxy or not model.managed,
                )
            continue
        if _other_kind(model, state):
            gap = gap_of(model, "CreateModel", None, place, said=str(model.proxy))
            yield replace(gap, aspect="proxy")
            continue
        yield from _options(view, model, state, place)
        # The managers of proxies and of others' tables are written when they are made, and never again.
        proxy = model.proxy or state.options.get("proxy") is True
        # Where only the migrations call it one, what is not read makes it one and puts its fields elsewhere, as ``TypedModel`` does.
        if not proxy and model.managed and state.options.get("managed") is not False:
            yield from _managers(view, model, state, place)
            yield from _fields(view, model, state, place)
            yield from _lists(view, model, state, place)
    names = {name for _, name in view.models.found}
    for key, state in view.state.models.items():
        if key not in view.models.found and key.app in apps:
            if is_history(state) and still_kept(key.model, names):
                # Who keeps histories may make them in ways that are not followed.
                continue
            yield Gap(
                app=key[0],
                model=state.name,
                operation="DeleteModel",
                name=None,
                aspect="",
                said="",
                held="",
                place=Place("", 1, 1),
                no_table=True
                in (state.options.get("proxy"), state.options.get("managed") is False),
            )


def _fields(view: View, model: ModelClass, state: ModelState, place: Place) -> Iterator[Gap]:
    context = view.context(model)
    for name, definition in model.fields.items():
        # A field of a library's class stands in no file of the repository: then the model is shown.
        library = definition.path.startswith("<")
        at = place if library else Place(definition.path, definition.line, definition.end_line)
        if name not in state.fields:
            if state.complete:
                yield gap_of(model, "AddField", name, at, value=definition.value)
            continue
        held = state.fields[name]
        if not isinstance(definition.value, Call) or not isinstance(held, Call):
            continue
        if definition.value == held:
            continue
        for aspect, said, old, weak in _differences(view, definition, held, context):
            yield Gap(
                # Which arguments a library gives its fields depends on its version.
                weak=weak or library,
                app=model.app,
                model=model.name,
                operation="AlterField",
                name=name,
                aspect=aspect,
                said=said,
                held=old,
                place=at,
                value=definition.value,
            )
    yield from key_gaps(view, model, state, place)
    there = model.fields.keys() | model.unclear
    for name in state.fields:
        if name not in there and not automatic(name, model):
            yield gap_of(model, "RemoveField", name, place)


def _other_kind(model: ModelClass, state: ModelState) -> bool:
    """Whether a proxy has become a model with a table of its own, or the other way round."""
    held = state.options.get("proxy", False)
    known = model.options_known and state.complete and not model.incomplete
    return known and isinstance(held, bool) and held != model.proxy


def _managers(view: View, model: ModelClass, state: ModelState, place: Place) -> Iterator[Gap]:
    said = django_said.managers_of(view.models, model)
    held = state.managers
    if said == held or not all(isinstance(v, list | tuple) for v in (said, held)):
        return
    one, two = ([list(p) if isinstance(p, tuple) else p for p in v] for v in (said, held))
    if same(one, two) is False or _other_managers(view, one, two):
        gap = gap_of(
            model, "AlterModelManagers", None, place, value=said, said=shown(one), held=shown(two)
        )
        yield replace(gap, weak=bool(model.incomplete) or not model.options_known)


def _other_managers(view: View, said: Sequence[Value], held: Sequence[Value]) -> bool:
    """
    Whether one of them is an object of another class, and both classes can be read.

    Django compares managers by their classes, and writes these by where they are defined.
    """
    pairs = [p for p in zip(said, held, strict=False) if all(isinstance(one, list) for one in p)]
    classes = [[v.func for _, v in pair if isinstance(v, Call)] for pair in pairs]
    return any(
        len(both) == 2 and both[0] != both[1] and _two_classes(view, *both)
        for both in classes
        if not any(_deconstructs(view, one) for one in both)
    )


def _deconstructs(view: View, dotted: str) -> bool:
    """Whether a class says itself what migrations hold of it; Django's own say what they are."""
    found = view.project.find_class(dotted)
    return found is not None and any(
        isinstance(s, ast.FunctionDef) and s.name == "deconstruct"
        for above in view.project.mro(found)
        if not above.module.foreign
        for s in above.node.body
    )


def _differences(
    view: View, definition: FieldDef, held: Call, context: Context
) -> Iterator[tuple[str, str, str, bool]]:
    said = normal_field(definition.value, context)
    old = normal_field(held, context)
    if _other_class(view, said, old):
        yield "class", said.cls, old.cls, False
        return
    if is_stream(definition.value) and is_stream(held):
        for part in parts(view, definition, held) or ():
            yield part.of, part.said, part.held, False
    lenient = not (said.known and old.known)
    above = said.follows if said.follows == old.follows else None
    more = _OF_RELATIONS if above in RELATIONS else _OF_ARRAYS if above == "ArrayField" else ()
    judged = {*FIELD, *more}
    for name in sorted({*said.arguments, *old.arguments}):
        one = said.arguments.get(name, ABSENT)
        two = old.arguments.get(name, ABSENT)
        if name in _NOT_COMPARED or name.startswith("*"):
            # By position, to a class of the project: what it makes of it is not known.
            continue
        if (
            name == "blank"
            and two is ABSENT
            and said.cls.endswith(".BooleanField")
            and not (view.before or view).writes_blank_of_booleans
        ):
            # Older Djangos set it on each of these fields, and wrote it on none.
            continue
        if name == "to_field" and _is_no_key(view, said.arguments.get("to"), one, two):
            yield name, shown(one), shown(two), lenient
        elif one is ABSENT or two is ABSENT:
            certain = name in _DEFAULTS and not lenient
            unclear = _maybe_usual(name, one) or _maybe_usual(name, two)
            collated = name == "db_collation" and _is_text(one, two) and not lenient
            if (name in _ONE_SIDED and not collated) or (unclear and not certain):
                continue
            if lenient and name not in judged and above is None:
                # What a class makes of an argument of its own is its business, where that is not followed.
                continue
            yield name, shown(one), shown(two), lenient
        elif name == "base_field" and _is_class(one) and _is_class(two):
            inner = FieldDef(value=one, path="", line=0, end_line=0)
            of_elements = [*_differences(view, inner, two, context)]
            if of_elements:
                weak = (lenient and name not in judged) or all(weak for *_, weak in of_elements)
                aspect = of_array([part for part, *_ in of_elements])
                yield aspect, shown(one), shown(two), weak
        elif (
            same(one, two, exact=view.exact) is False
            or (name == "to" and context.user_model is not None and _one_is_the_user(one, two))
            or (name in _MAY_BE_CALLED and _one_is_called(view, one, two))
            or (name == "on_delete" and _one_is_called(view, *map(_set_to, (one, two))))
            or _of_another_class(view, one, two)
            or _two_functions(view, one, two)
        ):
            # An unknown class may keep an argument of its own in another form: ``("form",)`` for ``"form"``.
            weak = (
                (lenient and name not in judged)
                or _may_be_one(view, one, two)
                # Code that is not read may put one in the other's place, as an app does when it is ready.
                or _of_another_class(view, one, two)
            )
            yield name, shown(one), shown(two), weak


def _is_text(one: Value, two: Value) -> bool:
    """Whether one is a text that is not empty, and the other is not there."""
    return any(isinstance(said, str) and said for said in (one, two) if said is not ABSENT)


def _maybe_usual(name: str, value: Value) -> bool:
    """Whether *value* of the argument *name* may be what is meant without it: a setting may, but no default is one."""
    asked = isinstance(value, Ref) and value.name.startswith("django.conf.settings.")
    return is_opaque(value) or (asked and name not in _DEFAULTS)


def _is_class(value: Value) -> TypeGuard[Call]:
    return isinstance(value, Call) and value.func.rpartition(".")[2][:1].isupper()


def _one_is_called(view: View, one: Value, two: Value) -> bool:
    """Whether one of two is a function, which is called for each row or file, and the other a value."""
    function, value = (one, two) if isinstance(one, Ref) else (two, one)
    if not isinstance(function, Ref) or isinstance(value, Ref | Call) or not known(value):
        return False
    if function.name in CLOCKS or function.name.startswith("uuid.uuid"):
        return True
    found = view.project.function_at(function.name)
    # What a decorator makes of a function may be its result.
    return found is not None and {ast.unparse(d) for d in found.decorator_list} <= {"staticmethod"}


def _set_to(value: Value) -> Value:
    """What ``SET(...)`` sets a foreign key to; *value* where it is no such call."""
    return value.args[0] if isinstance(value, Call) and len(value.args) == 1 else value


def _is_no_key(view: View, target: Value, one: Value, two: Value) -> bool:
    """Whether one side alone leads to a field of *target*, and that is not its key: of a key Django says nothing."""
    if (one is ABSENT) == (two is ABSENT):
        return False
    field = two if one is ABSENT else one
    label = (view.user_model or "").lower() if target == USER else target
    key = key_name(label, view.models.found.values()) if isinstance(label, str) else None
    return isinstance(field, str) and key is not None and field != key


def _two_functions(view: View, one: Value, two: Value) -> bool:
    """Whether two names of the project's functions lead to two of them, also within a list or a call."""
    match one, two:
        case Ref(), Ref():
            found = [view.project.function_named(value) for value in (one, two)]
            places = {(f[0].path, f[1].lineno) for f in found if f is not None}
            return None not in found and len(places) == 2 and one.name != two.name
        case Call(), Call() if one.func == two.func and len(one.args) == len(two.args):
            pairs = zip(one.args, two.args, strict=True)
        case (list() | tuple(), list() | tuple()) if len(one) == len(two):
            pairs = zip(one, two, strict=True)
        case _:
            return False
    return any(_two_functions(view, a, b) for a, b in pairs)


def _may_be_one(view: View, one: Value, two: Value) -> bool:
    """
    Whether two names may lead to one thing of a package that is not read.

    A model says where it imports it from, a migration where it is defined: ``lib.default``
    may be ``lib.api.Api.new``.
    """
    return all(
        isinstance(value, Ref)
        and (top := value.name.partition(".")[0]) not in sys.stdlib_module_names
        and top not in {"builtins", "django"}
        and top not in view.project.roots
        for value in (one, two)
    )


def _of_another_class(view: View, one: Value, two: Value) -> bool:
    """Whether two are made by different classes of the project, each of which migrations name as it is."""
    if not isinstance(one, Call) or not isinstance(two, Call):
        return False
    names = {value.func.rpartition(".")[2] for value in (one, two)}
    found = [view.project.find_class(value.func) for value in (one, two)]
    return (
        len(names) == 2
        and names == {f.node.name for f in found if f is not None}
        and view.exact(one.func)
        and view.exact(two.func)
    )


def _one_is_the_user(one: Value, two: Value) -> bool:
    """Whether one of two targets is the user model, which is known, and the other another model."""
    return one != two and USER in (one, two) and isinstance(one, str) and isinstance(two, str)


def _other_class(view: View, said: NormalField, old: NormalField) -> bool:
    one, two = said.cls, old.cls
    if one == two or (_of_one_name(one, two) and not _two_classes(view, one, two)):
        return False
    if said.known and old.known:
        return True
    of_one_library = one.partition(".")[0] == two.partition(".")[0]
    streams = len({one, two} & STREAM_FIELDS)
    for cls in (one, two):
        if not cls.startswith("django.") and cls not in STREAM_FIELDS:
            if streams and view.class_of(cls) is None:
                # It may be a kind of it.
                return False
            if not of_one_library and (view.before or view).keeps_path(cls):
                # A library may give one class two names, but these are not of one library.
                continue
            found = view.project.find_class(cls)
            if found is None:
                return False
            if any(
                isinstance(s, ast.FunctionDef)
                and s.name == "deconstruct"
                and not _keeps_its_path(s)
                for above in view.project.mro(found)
                for s in above.node.body
            ):
                return False
    return True


def _of_one_name(one: str, two: str) -> bool:
    return one.rpartition(".")[2] == two.rpartition(".")[2]


def _two_classes(view: View, one: str, two: str) -> bool:
    """Whether both are classes of the project, and not one that is brought to several places."""
    found = [view.project.find_class(cls) for cls in (one, two)]
    places = {(f.module.path, f.node.lineno) for f in found if f is not None}
    return None not in found and len(places) == 2


def _keeps_its_path(deconstruct: ast.FunctionDef) -> bool:
    """Whether the method writes the class by the path that ``super().deconstruct()`` gives, as far as it is read."""
    given: set[str] = set()
    for node in ast.walk(deconstruct):
        match node:
            case ast.Assign(
                targets=[ast.Tuple(elts=[_, ast.Name(id=path), _, _])],
                value=ast.Call(func=ast.Attribute(value=ast.Call(), attr="deconstruct"), args=[]),
            ):
                given.add(path)
            case _:
                pass
    stored = [
        n.id
        for n in ast.walk(deconstruct)
        if isinstance(n, ast.Name) and n.id in given and isinstance(n.ctx, ast.Store)
    ]
    answers = [n.value for n in ast.walk(deconstruct) if isinstance(n, ast.Return)]
    return (
        len(given) == len(stored) == 1
        and bool(answers)
        and all(
            isinstance(a, ast.Tuple)
            and len(a.elts) == 4
            and isinstance(a.elts[1], ast.Name)
            and a.elts[1].id in given
            for a in answers
        )
    )


def _options(view: View, model: ModelClass, state: ModelState, place: Place) -> Iterator[Gap]:
    for name in sorted(ALTERABLE):
        one = view.plain(model.options.get(name, ABSENT))
        two = view.plain(state.options.get(name, ABSENT))
        if one is ABSENT and two is ABSENT:
            continue
        if _maybe_usual(name, one) or _maybe_usual(name, two):
            continue
        if one is ABSENT or two is ABSENT or same(one, two) is False:
            gap = gap_of(
                model,
                "AlterModelOptions",
                name,
                place,
                value=one,
                said=shown(one),
                held=shown(two),
            )
            yield replace(gap, weak=one is ABSENT and not model.options_known)
    # What the table is called is written of others' tables as well.
    no_table = model.proxy or not model.managed
    for name, operation in (
        ("db_table", "AlterModelTable"),
        ("db_table_comment", "AlterModelTableComment"),
        ("order_with_respect_to", "AlterOrderWithRespectTo"),
    )[: 2 if no_table else 3]:
        one, two = model.options.get(name), state.options.get(name)
        if one is None and not model.options_known:
            continue
        if same(one, two) is False and not is_opaque(one) and not is_opaque(two):
            gap = gap_of(model, operation, name, place, value=one, said=shown(one), held=shown(two))
            yield replace(gap, no_table=no_table)
    if no_table:
        return
    for name, operation in (
        ("unique_together", "AlterUniqueTogether"),
        ("index_together", "AlterIndexTogether"),
    ):
        if name not in model.options and not model.options_known:
            continue
        one, two = together(model.options.get(name)), together(state.options.get(name))
        if one is not None and two is not None and one != two:
            yield gap_of(
                model,
                operation,
                name,
                place,
                value=one,
                said=repr(sorted(one)),
                held=repr(sorted(two)),
            )


def _lists(view: View, model: ModelClass, state: ModelState, place: Place) -> Iterator[Gap]:
    for option, add, remove in (
        ("indexes", "AddIndex", "RemoveIndex"),
        ("constraints", "AddConstraint", "RemoveConstraint"),
    ):
        if option not in model.options and not model.options_known:
            continue
        said, held = model.options.get(option, []), state.options.get(option, [])
        if not isinstance(said, list | tuple) or not isinstance(held, list | tuple):
            continue
        if not all(isinstance(v, Call) for v in (*said, *held)):
            continue
        if option == "indexes":
            yield from _renamed(model, said, held, place)
        ours = [normal_member(view.plain(v)) for v in said]
        exact = {id(m): view.plain(v) for m, v in zip(ours, said, strict=True)}
        theirs = [_with_name(view, normal_member(view.plain(v))) for v in held]
        missing = [m for m in ours if not any(same_member(m, t) is not False for t in theirs)]
        gone = [t for t in theirs if not any(same_member(m, t) is not False for m in ours)]
        for member, other in _told_otherwise(missing, gone):
            missing.remove(member)
            gone.remove(other)
            texts = {"said": shown(member), "held": shown(other)}
            value = normal_member(exact[id(member)], exact=True)
            yield gap_of(model, "AlterConstraint", name_of(member), place, value=value, **texts)
        for member in missing:
            found = view.project.find_class(model.dotted) if member.line else None
            at = stands_at(view.project, found, view.models.known, member) if found else None
            at = at or place
            value = normal_member(exact[id(member)], exact=True)
            yield gap_of(model, add, name_of(member), at, value=value, said=shown(member))
        for member in gone:
            yield gap_of(model, remove, name_of(member), place, held=shown(member))


def _with_name(view: View, member: Call) -> Call:
    """*member* of a migration with the name that a constant of the project's code gives it."""
    name = member.get("name")
    value = view.project.resolve(name.name) if isinstance(name, Ref) else None
    if not isinstance(value, str):
        return member
    return replace(member, kwargs=tuple((k, value if k == "name" else v) for k, v in member.kwargs))


def _told_otherwise(missing: Sequence[Call], gone: Sequence[Call]) -> list[tuple[Call, Call]]:
    """Constraints that differ in what Python says of a breach alone, with what they were."""
    bare = [(m, _silent(m)) for m in missing]
    old = [(m, _silent(m)) for m in gone]
    return [
        (one, two)
        for one, first in bare
        for two, second in old
        if same_member(first, second) is True and name_of(one) == name_of(two)
    ]


def _silent(member: Call) -> Call:
    kept = tuple((k, v) for k, v in member.kwargs if not k.startswith("violation_error_"))
    return replace(member, kwargs=kept)


def _renamed(
    model: ModelClass, said: Sequence[Call], held: Sequence[Call], place: Place
) -> Iterator[Gap]:
    """Indexes that Django names: of another table or other columns, under a name of these."""
    if not model.options_known or model.incomplete:
        return
    for index in said:
        named = django_said.named_index(index, model)
        if index.get("name") is not None or not isinstance(named, Call):
            continue
        new = named.get("name")
        bare = normal_member(index)
        there = [m for m in held if same_member(bare, normal_member(m)) is True]
        old = [m.get("name") for m in there]
        if isinstance(new, str) and len(old) == 1 and isinstance(old[0], str) and new != old[0]:
            yield gap_of(model, "RenameIndex", old[0], place, said=new, held=old[0])


_OF_RELATIONS = frozenset(
    {"related_name", "related_query_name", "limit_choices_to", "db_constraint", "db_table"}
)
"""Arguments of Django's relations that a class above them hands on."""
_OF_ARRAYS = frozenset({"base_field", "size"})
"""The same of its arrays."""

_NOT_COMPARED = frozenset({"serialize", "auto_created", "db_tablespace", "parent_link"})

_DEFAULTS = frozenset({"default", "db_default"})
"""Whatever they are, a field without them is another one."""

_MAY_BE_CALLED = frozenset({"default", "limit_choices_to", "upload_to"})
"""Arguments that are a value, or a function that is called for one."""

_ONE_SIDED = frozenset({"to_field", "storage", "on_delete", "db_collation", "through_fields"})
"""Arguments that ``deconstruct`` may add or drop by what it finds elsewhere, or by version."""
