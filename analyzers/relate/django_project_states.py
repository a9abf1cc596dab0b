"""
Two ``ProjectState`` objects of Django's that differ in what was found missing.

What is known of models and fields, as it was read, becomes stand-ins that
Django's autodetector compares and its writer prints.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from analyzers.read.django.field_arguments import FIELD
from analyzers.read.django.model_class import ModelClass
from analyzers.read.django.version import Version
from analyzers.read.enumerations import enum_kind
from analyzers.read.values import Call, Opaque, Ref, Value
from analyzers.relate.django_fields import (
    BY_VERSION,
    USER,
    Context,
    is_django_field,
    normal_field,
    simplified,
)
from analyzers.relate.django_said import named_index
from analyzers.relate.django_state import ModelKey, ModelState
from analyzers.relate.gaps import Gap, source
from analyzers.relate.members import normal_member
from analyzers.relate.stream_fields import is_stream
from analyzers.relate.view import View
from analyzers.relate.written import module_of

DEFAULT_USER_MODEL = "auth.User"
_LIBRARY_SETTINGS = {"wagtailcore.page": "WAGTAIL_PAGE_MODEL"}
"""The settings that name another model in a library's place: Wagtail has had its own since 8.0."""
PLAIN = Call("django.db.models.Manager")
MANAGER = "django.db.models.manager.Manager"
"""A manager without anything of its own, and how the writer spells it."""


_GENERIC = frozenset({"typing.Generic", "typing_extensions.Generic"})


class Builder:
    """Static states to Django's, field by field; *django* is the module of stand-ins, *field* makes one."""

    def __init__(
        self, view: View, django: Any, field: Callable[..., Any], version: Version | None
    ) -> None:
        self.view = view
        self.condition = _condition(view, version)
        """What a check calls its condition: for what Django has to load, and that it compares."""
        self.through_fields = version is None or version >= (5, 2)
        """Whether Django writes by which fields a relation to many goes through its model."""
        self.since_6_0 = version is not None and version >= (6, 0)
        """Whether Django leaves out of an array and of ``functools.partial`` what they do not have."""
        self.django = django
        self.field = field
        self.problems: list[str] = []
        self.unwritable: dict[str, str] = {}
        """By app label: why no file can be written for it."""
        self.within: Context | None = None
        """The model whose field is written, for the fields in it."""
        self.labels = {app.label.lower(): app.label for app in view.reading.apps}
        self.settings: dict[str, str] | None = None
        self.closing = False
        """Whether what is made goes into a file: of all else it is enough that it stays the same."""

    def state(self, models: Iterable[ModelState], gaps: Sequence[Gap] = ()) -> Any:
        """A ``ProjectState`` of *models* with *gaps* closed."""
        states: dict[ModelKey, dict[str, Any]] = {}
        for model in models:
            key = ModelKey(model.app, model.name.lower())
            states[key] = {
                "name": model.name,
                "fields": {
                    n: self._field(v, self.view.context_of(model.app, model.name))
                    for n, v in model.fields.items()
                },
                "options": self._options(model.options, model),
                "bases": self._bases(model.bases),
                "managers": self._managers(model.managers),
            }
        # Removals first: what is changed in place is removed and added under one name.
        self.closing = True
        for gap in sorted(gaps, key=lambda g: not g.operation.startswith("Remove")):
            self._close(states, gap)
        self.closing = False
        return self.django.project_state(
            (key.app, *(parts[p] for p in ("name", "fields", "options", "bases", "managers")))
            for key, parts in states.items()
        )

    # -- closing gaps ----------------------------------------------------------------

    def _close(self, states: dict[ModelKey, dict[str, Any]], gap: Gap) -> None:
        key = ModelKey(gap.app, gap.model.lower())
        model = self.view.models.found.get(key)
        if gap.operation == "DeleteModel":
            states.pop(key, None)
            return
        if model is None:
            return
        context = self.view.context(model)
        if gap.operation == "CreateModel":
            states[key] = self._created(model, context)
            return
        parts = states[key]
        options = parts["options"]
        name = gap.name or ""
        match gap.operation:
            case "AddField" | "AlterField" if name not in model.fields:
                parts["fields"][name] = self._field(gap.value, context)
            case "AddField" | "AlterField":
                state = self.view.state.models.get(key)
                held = state.fields.get(name) if state is not None else None
                if (
                    gap.operation == "AlterField"
                    and is_stream(gap.value)
                    and gap.aspect not in FIELD
                ):
                    # Each version of Wagtail writes blocks otherwise.
                    text = f"the blocks of {name} of {model.name} are written by Wagtail alone"
                    self.unwritable[context.app] = text
                parts["fields"][name] = self._field(model.fields[name].value, context, held)
            case "RemoveField":
                parts["fields"].pop(name, None)
            case "AddIndex" | "RemoveIndex":
                options["indexes"] = self._closed(options, model, gap, "indexes")
            case "AddConstraint" | "RemoveConstraint":
                options["constraints"] = self._closed(options, model, gap, "constraints")
            case "AlterConstraint":
                options["constraints"] = [
                    self._member(gap.value, model) if member.name == name else member
                    for member in options.get("constraints", ())
                ]
            case "RenameIndex":
                for member in options.get("indexes", ()):
                    if member.name == name:
                        member.kwargs["name"] = gap.said
            case "AlterModelManagers":
                parts["managers"] = self._managers(gap.value)
            case "AlterUniqueTogether" | "AlterIndexTogether":
                options[name] = {tuple(t) for t in gap.value or ()}
            case _:
                if name in model.options:
                    options[name] = self._value(self.view.plain(model.options[name]))
                else:
                    options.pop(name, None)

    def _closed(
        self, options: Mapping[str, Any], model: ModelClass, gap: Gap, option: str
    ) -> list[Any]:
        """The state's list with one member less, or one more, in the model's order."""
        held = list(options.get(option, ()))
        if gap.operation.startswith("Remove"):
            return [member for member in held if member.name != gap.name]
        added = self._member(gap.value, model)
        listed = [m.name for m in self._members(model, option)]
        place = listed.index(added.name) if added.name in listed else len(listed)
        before = set(listed[:place])
        at = max((n + 1 for n, member in enumerate(held) if member.name in before), default=0)
        return [*held[:at], added, *held[at:]]

    def _created(self, model: ModelClass, context: Context) -> dict[str, Any]:
        state = self.view.said(model)
        made = self._options(state.options, state)
        made["indexes"] = self._members(model, "indexes")
        made["constraints"] = self._members(model, "constraints")
        return {
            "name": state.name,
            "fields": {n: self._field(v, context) for n, v in state.fields.items()},
            "options": made,
            "bases": self._bases(state.bases),
            "managers": self._managers(state.managers),
        }

    def _managers(self, managers: Value) -> list[tuple[str, Any]]:
        listed = managers if isinstance(managers, list | tuple) else ()
        return [
            (
                pair[0],
                self.django.Called(MANAGER, [], {}) if pair[1] == PLAIN else self._value(pair[1]),
            )
            for pair in listed
            if isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[1], Call)
        ]

    def _members(self, model: ModelClass, option: str) -> list[Any]:
        listed = model.options.get(option, [])
        members = listed if isinstance(listed, list | tuple) else ()
        return [self._member(one, model) for one in members if isinstance(one, Call)]

    def _member(self, call: Call, model: ModelClass | None) -> Any:
        named = named_index(call, model) if model is not None else call
        call = named if isinstance(named, Call) and "Index" in call.func else call
        call = normal_member(call, exact=True)
        kwargs = {k: self._value(self.view.plain(v)) for k, v in call.kwargs}
        if call.func.endswith("CheckConstraint"):
            kwargs = {
                self.condition if k in {"check", "condition"} else k: v for k, v in kwargs.items()
            }
        if isinstance(kwargs.get("fields"), list | tuple):
            unique = call.func.endswith("UniqueConstraint")
            kwargs["fields"] = tuple(kwargs["fields"]) if unique else list(kwargs["fields"])
        if isinstance(kwargs.get("include"), list | tuple):
            kwargs["include"] = tuple(kwargs["include"])
        return self.django.Member(call.func, [self._value(a) for a in call.args], kwargs)

    # -- values ----------------------------------------------------------------------

    def _options(self, options: Mapping[str, Value], model: ModelState) -> dict[str, Any]:
        made: dict[str, Any] = {}
        found = self.view.models.found.get((model.app, model.name.lower()))
        for name, value in options.items():
            by_version = isinstance(value, Call) and value.func == BY_VERSION
            if self.closing and (by_version or (name in _LISTS and isinstance(value, Opaque))):
                text = f"{name} of {model.name} hangs on the version of a library"
                self.unwritable[self._label(model.app)] = text
            if by_version:
                continue
            if name in {"indexes", "constraints"}:
                made[name] = [
                    self._member(v, found)
                    for v in (value if isinstance(value, list | tuple) else ())
                    if isinstance(v, Call)
                ]
            elif name in {"unique_together", "index_together"}:
                groups = value if isinstance(value, list | tuple | set | frozenset) else ()
                groups = list(groups)
                if groups and all(isinstance(g, str) for g in groups):
                    groups = [tuple(groups)]
                made[name] = {tuple(g) for g in groups if isinstance(g, list | tuple)}
            else:
                made[name] = self._value(self.view.plain(value))
        return made

    def _label(self, app: str) -> str:
        return next((a.label for a in self.view.reading.apps if a.name == app), app)

    def _bases(self, bases: Value) -> tuple[Any, ...]:
        listed = bases if isinstance(bases, list | tuple) else ()
        made = tuple(
            self._cased(base) if isinstance(base, str) else self.django.base(base.name)
            for base in listed
            # Python takes it for a base with its parameters alone, and those are gone here.
            if isinstance(base, str) or (isinstance(base, Ref) and base.name not in _GENERIC)
        )
        return made or (self.django.Model,)

    def _field(self, value: Value, context: Context, held: Value = None) -> Any:
        """The field that *value* makes; *held* is what the migrations have of it."""
        if not isinstance(value, Call):
            return self.field("django.db.models.Field", {}, {})
        self.within = context
        normal = normal_field(value, context)
        arguments = dict(normal.arguments)
        raw = dict(value.kwargs)
        for name in ("related_name", "related_query_name"):
            if name in raw:
                arguments[name] = raw[name]
            else:
                arguments.pop(name, None)
        if not self.through_fields:
            arguments.pop("through_fields", None)
        if raw.get("db_tablespace") == "":
            # Of a table between two, Django says so.
            arguments["db_tablespace"] = ""
        if raw.get("parent_link"):
            arguments["parent_link"] = True
            if raw.get("auto_created"):
                arguments["auto_created"] = True
            if raw.get("primary_key") or not raw.get("auto_created"):
                arguments["primary_key"] = True
        if arguments.get("primary_key") is True and not normal.cls.endswith(".CompositePrimaryKey"):
            arguments["serialize"] = False
        own = context.class_of(normal.cls)
        if own is not None:
            # What the class works out for itself it works out again when the migration is read.
            arguments = {k: v for k, v in arguments.items() if k in raw or not _worked_out(k, v)}
        if own is None and not normal.known and isinstance(held, Call) and value.args:
            # No name, if the class has never written it as one: it stays where it stands.
            kept = normal_field(held, context).arguments
            if "verbose_name" in arguments and not {"verbose_name", "*0"} & kept.keys():
                arguments["*0"] = arguments.pop("verbose_name")
        if self.closing:
            self._is_to_be_written(arguments, context)
        if normal.cls == "django.contrib.postgres.fields.ArrayField":
            # Of an array Django before 6.0 says its size even where it has none.
            if not self.since_6_0:
                arguments.setdefault("size", None)
            elif arguments.get("size") is None:
                arguments.pop("size", None)
        if normal.cls in {"django.db.models.FileField", "django.db.models.ImageField"}:
            # Of a file it says where, even where that is nowhere in particular.
            arguments.setdefault("upload_to", "")
        if self.closing and isinstance(arguments.get("storage"), Opaque):
            self.problems.append(f"{context.model}: {arguments['storage'].text} cannot be written")
        for name in ("to", "through"):
            self._find_model(name, arguments, context, held)
        through = arguments.get("through")
        if isinstance(through, str):
            arguments["through"] = self._spelled(through)
        target = arguments.get("to")
        if isinstance(target, str):
            arguments["to"] = target = self._cased(target)
        if isinstance(target, str) and normal.cls.endswith("TaggableManager"):
            # Its target is written as the class is called, and compared like that.
            arguments["to"] = self._spelled(target)
        converted = {k: self._value(v) for k, v in arguments.items()}
        extra = {"target": target}
        if isinstance(target, str):
            extra["setting"] = setting = self._swappable(target)
            if setting is not None:
                converted["to"] = self.django.name_of(f"django.conf.settings.{setting}")
        if own is not None:
            extra["django"] = own.django
        return self.field(normal.cls, converted, extra)

    def _is_to_be_written(self, arguments: Mapping[str, Value], context: Context) -> None:
        for name, value in arguments.items():
            if isinstance(value, Call) and value.func == BY_VERSION:
                text = f"{name} of a field of {context.model} hangs on the version of a library"
                self.unwritable[context.app] = text
            elif isinstance(value, Opaque) and value.text.startswith("@"):
                text = f"{name} of a field of {context.model} is set by {value.text}"
                self.unwritable[context.app] = text

    def _swappable(self, label: str) -> str | None:
        """The setting that names the model *label* (or ``@user``), where one does."""
        if label == USER or label.lower() == DEFAULT_USER_MODEL.lower():
            # Django's own user gives way to the setting: where it did, nothing can lead to it.
            return "AUTH_USER_MODEL"
        if self.settings is None:
            self.settings = {
                f"{m.label}.{m.name}".lower(): m.options["swappable"]
                for m in self.view.models.found.values()
                if isinstance(m.options.get("swappable"), str)
            }
            # Of a library's model the version decides: one that has no such setting writes none.
            asked = {
                field.get("to")
                for model in self.view.state.models.values()
                for field in model.fields.values()
                if isinstance(field, Call) and isinstance(field.get("to"), Ref)
            }
            self.settings |= {
                label: setting
                for label, setting in _LIBRARY_SETTINGS.items()
                if Ref(f"django.conf.settings.{setting}") in asked
            }
        return self.settings.get(label.lower())

    def _find_model(
        self, name: str, arguments: dict[str, Value], context: Context, held: Value
    ) -> None:
        """A model of which the class is known and the app is not, as the migrations call it already."""
        said = arguments.get(name)
        if not isinstance(said, Opaque) or not said.text.startswith("?."):
            return
        known = normal_field(held, context).arguments.get(name) if isinstance(held, Call) else None
        if isinstance(known, str) and known.rpartition(".")[2] == said.text[2:]:
            arguments[name] = known
        else:
            text = f"the app of the model {said.text[2:]}, which {context.model} refers to, is not known"
            if self.closing:
                self.unwritable[context.app] = text
            arguments[name] = said.text[2:]

    def _cased(self, label: str) -> str:
        """``label.name`` in lower case with the app's label as it is."""
        app, dot, name = label.partition(".")
        return f"{self.labels.get(app, app)}{dot}{name}"

    def _spelled(self, label: str) -> str:
        """``label.name`` with the model's name as its class has it."""
        app, _, name = label.rpartition(".")
        state = self.view.state.models.get(ModelKey(app, name))
        found = self.view.models.found.get((app, name))
        if found is None and state is None:
            return _OF_LIBRARIES.get(label, label)
        return f"{app}.{found.name if found is not None else state.name if state is not None else name}"

    def _value(self, value: Value) -> Any:
        match value:
            case Call():
                return self._call(simplified(value, exact=True))
            case "@user":
                return self.django.Name(
                    ("settings." + "AUTH_USER_MODEL"), "from django.conf import settings"
                )
            case Ref(name=name):
                above, _, member = name.rpartition(".")
                found = self.view.project.find_class(above) if above else None
                if found is not None and enum_kind(self.view.project, found) == "enum":
                    # Django finds a member by its name.
                    return self.django.Name(f"{above}[{member!r}]", f"import {module_of(name)}")
                return self.django.name_of(name)
            case Opaque(text=text):
                return self._expression(text)
            case list():
                return [self._value(v) for v in value]
            case tuple():
                return tuple(self._value(v) for v in value)
            case dict():
                return {self._value(k): self._value(v) for k, v in value.items()}
            case set() | frozenset():
                return {self._value(v) for v in value}
            case _:
                return value

    def _expression(self, text: str) -> Any:
        text = _BUILTIN.sub("", text)
        imports = _imports_of(text)
        return self.django.Name(text, *imports, unknown=_unknown_in(text, imports))

    def _call(self, call: Call) -> Any:
        if call.func.startswith("builtins."):
            return self._expression(source(call))
        if call.func == "Q":
            joined: dict[str, Any] = {}
            if call.get("connector") != "AND":
                joined["_connector"] = call.get("connector")
            if call.get("negated"):
                joined["_negated"] = True
            return self.django.Called(
                "django.db.models.Q", [self._value(a) for a in call.args], joined
            )
        if call.func.endswith("Field") and is_django_field(call.func):
            return self._field(call, self.within or self.view.context_of("", ""))
        if call.func == "functools.partial" and call.args and isinstance(call.args[0], Ref):
            # With all that it was given, before 6.0 empty or not.
            called = self._value(call.args[0])
            args, kwargs = call.args[1:], dict(call.kwargs)
            given = f"*{args!r}, **{kwargs!r}"
            if self.since_6_0:
                named = (f"{name}={kwargs[name]!r}" for name in sorted(kwargs))
                given = ", ".join((*map(repr, args), *named))
            if _is_plain([*args, *kwargs.values()]):
                text = f"functools.partial({', '.join(filter(None, (called.text, given)))})"
                return self.django.Name(text, "import functools", *called.imports)
        if call.func == "decimal.Decimal" and len(call.args) == 1:
            return self.django.Name(_decimal(call.args[0]), "from decimal import Decimal")
        return self.django.Called(
            call.func,
            [self._value(a) for a in call.args],
            {k: self._value(v) for k, v in call.kwargs},
        )


def _is_plain(values: Iterable[Value]) -> bool:
    return all(value is None or isinstance(value, str | int | float) for value in values)


def _decimal(number: Value) -> str:
    """A ``Decimal`` of *number*, as Django writes it."""
    try:
        return repr(Decimal(number))
    except (ArithmeticError, TypeError, ValueError):
        return f"Decimal({number!r})"


_BUILTIN = re.compile(r"(?<![\w.])builtins\.")
_PYTHON = frozenset(dir(builtins))


def _condition(view: View, version: Version | None) -> str:
    """The name of a check's argument, as the models say it: since Django 5.1 the new one is written for both."""
    if version is not None and version >= (5, 1):
        return "condition"
    for model in view.models.found.values():
        listed = model.options.get("constraints")
        for member in listed if isinstance(listed, list | tuple) else ():
            if isinstance(member, Call) and any(name == "check" for name, _ in member.kwargs):
                return "check"
    return "condition"


_LISTS = frozenset({"constraints", "index_together", "indexes", "unique_together"})
"""Options that are made of what the class lists: of an unknown one nothing can be written."""
_OF_LIBRARIES = {"taggit.tag": "taggit.Tag", "taggit.taggeditem": "taggit.TaggedItem"}


def _worked_out(name: str, value: Value) -> bool:
    """Whether the *value* of an argument is an expression rather than a value."""
    return (
        isinstance(value, Opaque)
        or (isinstance(value, Call) and value.func.startswith("builtins."))
        or (isinstance(value, Ref) and name == "choices")
    )


def _imports_of(text: str) -> tuple[str, ...]:
    """Imports for the dotted names of an expression that is printed back."""
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return ()
    found: set[str] = set()
    inner = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and id(node) not in inner:
            dotted = ast.unparse(node)
            if all(part.isidentifier() for part in dotted.split(".")):
                module = module_of(dotted)
                if module and module[0].islower():
                    found.add(f"import {module}")
    return tuple(sorted(found))


def _unknown_in(text: str, imports: tuple[str, ...]) -> str:
    """A name in an expression that neither Python nor one of *imports* knows; all of it, where it is none."""
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return text[:80]
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    bound |= {imported.split()[1].partition(".")[0] for imported in imports}
    free = sorted({node.id for node in names} - bound - _PYTHON)
    return free[0] if free else ""
