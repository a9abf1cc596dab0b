"""
What migrations hold of a field whose class is the project's own.

Such a class may set arguments that no model names, take some of its own, and
say in ``deconstruct`` what is to be written. Its constructor and its
``deconstruct`` are followed statement by statement (``method_bodies``); where
one does something that cannot be followed, nothing is said of its fields.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from analyzers.frozen import dataclass
from analyzers.read.django.field_arguments import (
    DEFAULTS,
    FIELD,
    OWN_DEFAULTS,
    POSITIONAL,
    is_default,
)
from analyzers.read.django.method_bodies import Self
from analyzers.read.django.method_expressions import NotFollowed
from analyzers.read.modules import ClassFound
from analyzers.read.project import Project
from analyzers.read.values import Call, Opaque, Value

DJANGO = ("django.db.models.", "django.contrib.postgres.fields.", "django.contrib.gis.")
_PLAIN = ("builtins.", "typing.", "abc.")


@dataclass(frozen=True, slots=True)
class FieldClass:
    """A field class of the project whose ancestors are all known."""

    django: str
    """The last part of the name of the class of Django's that it derives from."""
    written: Callable[[Call], Call | None]
    """The call as ``deconstruct`` gives it; None where that is not known."""
    column: Callable[[Call], Call | None]
    """Django's own field with the same column and the same rows; None where that is not known."""
    stored: Callable[[Call], Call | None]
    """Django's own field with the same column, whatever is written there; None where that is not known."""


def field_class(project: Project, dotted: str) -> FieldClass | None:
    """What is known of the class *dotted*; None where an ancestor is not."""
    found = project.find_class(dotted)
    if found is None:
        return None
    chain: list[ClassFound] = []
    django = base = ""
    for entry in project.linear(found):
        if isinstance(entry, str):
            if entry.startswith(DJANGO):
                base = base or entry
                django = base.rpartition(".")[2]
            elif not entry.startswith(_PLAIN):
                return None
        elif django:
            # What comes after Django's class is called by it, or not at all.
            return None
        else:
            chain.append(entry)
    if not django or any(
        getattr(s, "name", "") in _UNUSUAL for owner in chain for s in owner.node.body
    ):
        return None
    kept: dict[str, Call | None] = {}

    def written(call: Call) -> Call | None:
        # A field is asked for many times in one review.
        key = repr(call)
        if key not in kept:
            first = _written(project, tuple(chain), django, call)
            # Django writes a copy of the field, made from what the field itself has written.
            kept[key] = _written(project, tuple(chain), django, first) if first else None
        return kept[key]

    def column(call: Call) -> Call | None:
        return _column(project, tuple(chain), base, call)

    def stored(call: Call) -> Call | None:
        return _stored(project, tuple(chain), base, call)

    return FieldClass(django, written, column, stored)


QUIET = frozenset(
    {
        "__init__", "__repr__", "__str__", "check", "clean", "deconstruct", "formfield", "pre_save",
        "run_validators", "save_form_data", "to_python", "validate", "value_from_object",
        "value_to_string",
        "attr_class", "default_error_messages", "default_validators", "descriptor_class",
        "description", "form_class",
    }
)  # fmt: skip
"""What a field class may define without another column, and without other rows in a new one."""

BEHIND_COLUMNS = frozenset(
    {
        "attname", "base_field", "column", "concrete", "db_collation", "db_constraint",
        "db_persist", "db_returning", "db_table", "dim", "empty_strings_allowed", "expression",
        "from_fields", "geography", "model", "output_field", "remote_field", "size",
        "spatial_index", "srid", "through", "to_fields",
    }
)  # fmt: skip
"""Attributes of Django's fields that its schema editor looks at, and that are no argument of all of them."""


def _column(project: Project, chain: tuple[ClassFound, ...], base: str, call: Call) -> Call | None:
    """What the constructors hand to the class *base* of Django's, where nothing else decides the column."""
    for owner in chain:
        for statement in owner.node.body:
            match statement:
                case ast.FunctionDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
                    if name not in QUIET:
                        return None
                case ast.Expr(value=ast.Constant()) | ast.Pass():
                    pass
                case _:
                    return None
    return _handed_on(project, chain, base, call)


DECIDING = BEHIND_COLUMNS | {
    "__getattr__", "cast_db_type", "check_constraint", "contribute_to_class", "data_type",
    "get_attname", "get_attname_column", "get_internal_type", "get_placeholder", "non_db_attrs",
    "rel_db_type", "set_attributes_from_name",
}  # fmt: skip
"""What a field class may define that makes another column of it, as does all that begins with ``db_``."""

_SIZED = frozenset({"CharField", "DecimalField"})
"""Classes whose columns arguments make, which a class may keep to itself."""


def _stored(project: Project, chain: tuple[ClassFound, ...], base: str, call: Call) -> Call | None:
    """What the constructors hand to the class of Django's whose column it is; None where that is not known."""
    kind = ""
    for owner in chain:
        for statement in owner.node.body:
            match statement:
                case ast.FunctionDef(
                    name="get_internal_type",
                    body=[*text, ast.Return(value=ast.Constant(value=str(said)))],
                ) if all(isinstance(s, ast.Expr) for s in text):
                    kind = kind or said
                case (
                    ast.FunctionDef(name=name)
                    | ast.ClassDef(name=name)
                    | ast.Assign(targets=[ast.Name(id=name)])
                    | ast.AnnAssign(target=ast.Name(id=name))
                ):
                    if name in DECIDING or name.startswith("db_"):
                        return None
                case ast.Expr(value=ast.Constant()) | ast.Pass():
                    pass
                case _:
                    return None
    made = _handed_on(project, chain, base, call)
    last = kind or base.rpartition(".")[2]
    if made is None or last == "Field":
        return None
    if kind in _SIZED and base.rpartition(".")[2] != kind:
        return None
    return replace(made, func=f"{DJANGO[0]}{kind}") if kind else made


def _handed_on(
    project: Project, chain: tuple[ClassFound, ...], base: str, call: Call
) -> Call | None:
    """The call of the class *base* of Django's that the constructors make; None where they do more."""
    made = _Field(project, chain, base.rpartition(".")[2])
    try:
        made.call("__init__", list(call.args), dict(call.kwargs))
        arguments = made.arguments()
    except (NotFollowed, RecursionError, ValueError):
        return None
    if any(name in BEHIND_COLUMNS or name.startswith("_") for name in made.attributes):
        return None
    return Call(base, (), tuple(arguments.items()), call.line, call.end_line)


_UNUSUAL = frozenset({"__new__", "clone", "__reduce__", "__getattribute__", "__setattr__"})


def _written(
    project: Project, chain: tuple[ClassFound, ...], django: str, call: Call
) -> Call | None:
    made = _Field(project, chain, django)
    try:
        made.call("__init__", list(call.args), dict(call.kwargs))
        answer = made.call("deconstruct", [], {})
    except (NotFollowed, RecursionError, ValueError):
        return None
    match answer:
        case (_, str() as path, list() | tuple() as args, dict() as kwargs) if all(
            isinstance(k, str) for k in kwargs
        ):
            return Call(path, tuple(args), tuple(kwargs.items()), call.line, call.end_line)
        case _:
            return None


_FIXED_AT_FIRST = frozenset({"verbose_name", "validators", "error_messages", "unique"})
"""What Django keeps under another name as well: a later change of the attribute is none of the field."""


class _Field(Self):
    """A field as its constructor makes it; what the classes of Django do is known."""

    def __init__(self, project: Project, chain: tuple[ClassFound, ...], django: str) -> None:
        super().__init__(project, chain)
        self.django = django
        self.options: dict[str, Value] = {}
        self.made = False

    def base_call(self, method: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
        if method == "__init__":
            names = POSITIONAL.get(self.django, FIELD)
            if self.made or len(args) > len(names):
                raise NotFollowed
            self.made = True
            self.options = {**dict(zip(names, args, strict=False)), **kwargs}
            self.attributes = {
                k: v for k, v in self.attributes.items() if k not in {*names, *FIELD}
            }
            return None
        if method == "deconstruct":
            return (None, self.chain[0].dotted, [], self.arguments())
        if method in {"contribute_to_class", "check"}:
            return None
        raise NotFollowed

    def arguments(self) -> dict[str, Value]:
        """What Django's class has of its arguments that is not the default."""
        if not self.made:
            raise NotFollowed
        arguments = dict(self.options)
        for name, value in self.attributes.items():
            if name in FIELD or name in POSITIONAL.get(self.django, ()):
                if name in _FIXED_AT_FIRST:
                    raise NotFollowed
                arguments[name] = value
        if self.django == "EmailField":
            arguments.setdefault("max_length", 254)
        if arguments.get("auto_now") is True or arguments.get("auto_now_add") is True:
            arguments.pop("editable", None)
            arguments.pop("blank", None)
        return {
            name: value
            for name, value in arguments.items()
            if name != "name" and not is_default(self.django, name, value)
        }

    def base_attribute(self, name: str) -> Value:
        if name in self.options:
            return self.options[name]
        if name in FIELD or name in POSITIONAL.get(self.django, ()):
            if not self.made:
                raise NotFollowed
            return _default(self.django, name)
        return Opaque(f"self.{name}", "an attribute that is not known")


def _default(django: str, name: str) -> Value:
    own = OWN_DEFAULTS.get(django, {})
    if name in own:
        return own[name]
    return DEFAULTS.get(name, Opaque(f"self.{name}", "an attribute that is not known"))
