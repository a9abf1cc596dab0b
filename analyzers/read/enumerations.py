"""Enumerations, Python's and Django's choices: their members, values and labels, as far as text tells."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from analyzers.read.evaluator import MEMBERS
from analyzers.read.modules import ClassFound
from analyzers.read.values import Call, Opaque, Ref, Value

if TYPE_CHECKING:
    from analyzers.read.project import Project

CHOICES = frozenset(
    {
        "django.db.models.TextChoices",
        "django.db.models.IntegerChoices",
        "django.db.models.Choices",
        "django.db.models.enums.TextChoices",
        "django.db.models.enums.IntegerChoices",
    }
)
"""Django's classes whose subclasses enumerate choices."""

ENUMS = frozenset(
    {
        "enum.Enum",
        "enum.IntEnum",
        "enum.StrEnum",
        "enum.IntFlag",
        "enum.Flag",
        "backports.strenum.StrEnum",
    }
)
MIXED_ENUMS = frozenset({"enum.IntEnum", "enum.StrEnum", "backports.strenum.StrEnum"})
_OF_TEXT = frozenset({"TextChoices", "StrEnum", "str"})
_OF_NUMBERS = frozenset({"IntegerChoices", "IntEnum", "IntFlag", "int"})


def enum_kind(project: Project, found: ClassFound) -> str | None:
    """``choices``, ``mixed`` (a member equals its value), ``enum``, or None."""
    above = project.ancestors(found)
    if above & CHOICES:
        return "choices"
    if above & ENUMS:
        mixed = above & MIXED_ENUMS or above & {"builtins.str", "builtins.int"}
        return "mixed" if mixed else "enum"
    return None


def _mixed_in(project: Project, found: ClassFound) -> type[str] | type[int] | None:
    """The type of which the members' values are made, where the enumeration names one of Python's."""
    above = {name.rpartition(".")[2] for name in project.ancestors(found)}
    return str if above & _OF_TEXT else int if above & _OF_NUMBERS else None


def members(project: Project, found: ClassFound) -> dict[str, tuple[Value, Value]] | None:
    """Members of an enumeration: value and label; None where they are not all known."""
    key = found.dotted
    if key not in project.enumerated:
        project.enumerated[key] = None
        project.enumerated[key] = _members(project, found)
    members: dict[str, tuple[Value, Value]] | None = project.enumerated[key]
    return members


def _members(project: Project, found: ClassFound) -> dict[str, tuple[Value, Value]] | None:
    members: dict[str, tuple[Value, Value]] = {}
    choices = bool(project.ancestors(found) & CHOICES)
    metaclass = any(k.arg == "metaclass" for o in project.mro(found) for k in o.node.keywords)
    count = 0
    for statement in found.node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=node):
                if name.startswith("_"):
                    if name == "__empty__":
                        members[name] = (None, project.plain(project.evaluate_in(found, node)))
                    continue
                local = {k: v for k, (v, _) in members.items()}
                value = project.plain(found.module.evaluator.evaluate(node, local))
                label: Value = name.replace("_", " ").title()
                if (
                    isinstance(node, ast.Call)
                    and ast.unparse(node.func).rpartition(".")[2] == "auto"
                ):
                    count += 1
                    lower = project.ancestors(found) & {
                        "enum.StrEnum",
                        "backports.strenum.StrEnum",
                    }
                    text = bool(project.ancestors(found) & {"django.db.models.TextChoices"})
                    value = name.lower() if lower else name if text else count
                elif (
                    choices
                    and isinstance(value, tuple)
                    and len(value) > 1
                    and isinstance(value[-1], str)
                ):
                    *values, label = value
                    value = values[0] if len(values) == 1 else tuple(values)
                kind = _mixed_in(project, found) if isinstance(value, tuple) else None
                if isinstance(value, tuple) and kind is not None:
                    # It is called with what stands there: of ("open",) becomes "open".
                    if len(value) != 1 or not isinstance(value[0], kind):
                        return None
                    value = value[0]
                if isinstance(value, Call) and metaclass and project.find_class(value.func):
                    # A mark of the project's own: its metaclass puts the value in its place.
                    value = Ref(f"{found.dotted}.{name}.value")
                if isinstance(value, Opaque):
                    return None
                if isinstance(value, int):
                    count = value
                members[name] = (value, label)
            case ast.If() | ast.For() | ast.With():
                return None
            case ast.FunctionDef(name="__new__" | "__init__" | "_generate_next_value_"):
                return None
            case _:
                pass
    for owner in project.mro(found):
        if any(
            isinstance(s, ast.FunctionDef) and s.name in {"__new__", "label"}
            for s in owner.node.body
        ):
            return None
    return members


def attribute(project: Project, found: ClassFound, kind: str, more: list[str]) -> Value | None:
    """What ``found.more`` is, where *found* is an enumeration of *kind*; None where that is not known."""
    known = members(project, found)
    name = more[0]
    overridden = any(
        isinstance(s, ast.FunctionDef) and s.name == name
        for owner in project.mro(found)
        for s in owner.node.body
    )
    if known is None or overridden:
        if name == "choices" and not overridden:
            return Opaque(f"{found.dotted}.choices", "an enumeration that cannot be listed")
        return Ref(".".join([found.dotted, *more]))
    shown = {k: v for k, v in known.items() if k != "__empty__"}
    if name in known:
        value, label = known[name]
        match more[1:]:
            case []:
                return value if kind != "enum" else Ref(f"{found.dotted}.{name}")
            case ["value"]:
                return value
            case ["label"]:
                return label
            case ["name"]:
                return name
            case _:
                return None
    if len(more) != 1:
        return None
    if name == MEMBERS:
        # Of two with one value, the second is but another name.
        values = [repr(value) for value, _ in shown.values()]
        first = [k for i, k in enumerate(shown) if values.index(values[i]) == i]
        return [Ref(f"{found.dotted}.{member}") for member in first]
    empty = [known["__empty__"]] if "__empty__" in known else []
    match name:
        case "choices":
            return [(v, label) for v, label in (*empty, *shown.values())]
        case "values":
            return [v for v, _ in (*empty, *shown.values())]
        case "labels":
            return [label for _, label in (*empty, *shown.values())]
        case "names":
            return [*(["__empty__"] if empty else []), *shown]
        case _:
            nested = project.class_attribute(found, name)
            return (
                Ref(f"{found.dotted}.{name}")
                if nested is None
                else (Ref(nested.dotted) if isinstance(nested, ClassFound) else nested)
            )


def called(project: Project, call: Call) -> Value | None:
    """
    What a class method of an enumeration gives, such as ``State.choices()``; None where that is not known.

    Only one that is given nothing and does nothing but return what it puts together
    of the members.
    """
    owner, _, name = call.func.rpartition(".")
    if call.args or call.kwargs or not owner or owner.startswith(("django.", "builtins.")):
        return None
    if call.func not in project.methods:
        project.methods[call.func] = None
        project.methods[call.func] = _returned(project, owner, name)
    made: Value | None = project.methods[call.func]
    return made


def _returned(project: Project, owner: str, name: str) -> Value | None:
    found = project.find_class(owner)
    if found is None or enum_kind(project, found) is None or members(project, found) is None:
        return None
    for above in project.mro(found):
        for statement in above.node.body:
            match statement:
                case ast.FunctionDef(
                    name=function,
                    decorator_list=[ast.Name(id="classmethod")],
                    args=ast.arguments(args=[ast.arg(arg=cls)]),
                    body=[*before, ast.Return(value=ast.expr() as value)],
                ) if function == name:
                    if not all(isinstance(s, ast.Expr) for s in before):
                        return None
                    given = above.module.evaluator.evaluate(value, {cls: Ref(found.dotted)})
                    return given if isinstance(given, list | tuple | dict) else None
                case ast.FunctionDef(name=function) if function == name:
                    return None
                case _:
                    pass
    return None
