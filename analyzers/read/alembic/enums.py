"""Enum types of models: the name that the database knows them by, their labels, and their source."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection

from analyzers.frozen import dataclass
from analyzers.read.values import Call, Opaque, Value, name_or_source

_BEHAVIOUR = frozenset(
    {"property", "classmethod", "staticmethod", "cached_property", "partialmethod", "nonmember"}
)
MEMBERS_UNKNOWN = ("x",)
"""Stands for the members of an enum of which the name alone is known, which is its type on PostgreSQL."""


@dataclass(frozen=True, slots=True)
class EnumType:
    """A type of the database's own."""

    name: str
    labels: tuple[str, ...]


def with_enum(call: Call) -> Call:
    """*call* with ``Enum(SomeClass)`` written with the name that its type gets."""
    args = tuple(_named_enum(arg) for arg in call.args)
    kwargs = tuple((k, _named_enum(v) if k == "type_" else v) for k, v in call.kwargs)
    return Call(call.func, args, kwargs, call.line, call.end_line)


def _named_enum(value: Value) -> Value:
    if not isinstance(value, Call) or value.func.rpartition(".")[2] not in {"Enum", "ENUM"}:
        return value
    first = value.args[0] if value.args else None
    if isinstance(first, str) or first is None or value.func.startswith("."):
        # What it is a method of comes first, if it is one.
        return value
    if value.get("native_enum") is False:
        # As long as the longest member, if nothing else is said; what is said holds all of them.
        length = value.get("length")
        return Call("sqlalchemy.String", (length,)) if isinstance(length, int) else Opaque("enum")
    text = name_or_source(first)
    # A class gives the type its name, a list of members (`*KINDS`) does not.
    own = None if text.startswith("*") else text.rpartition(".")[2].lower()
    name = value.get("name", own)
    return Call(value.func, MEMBERS_UNKNOWN, (("name", name),) if name is not None else ())


def enum_type(value: Value) -> EnumType | None:
    """The type, where its name and labels are known; None for all other types."""
    if not isinstance(value, Call) or value.func.rpartition(".")[2] not in {"Enum", "ENUM"}:
        return None
    name = value.get("name")
    labels = tuple(label for label in value.args if isinstance(label, str))
    if not isinstance(name, str) or len(labels) != len(value.args):
        return None
    if labels in ((), MEMBERS_UNKNOWN) or value.get("native_enum") is False:
        return None
    return EnumType(name, labels)


def enum_source(type_: EnumType) -> str:
    """SQLAlchemy's source of *type_*."""
    return f"sa.Enum({', '.join(map(repr, type_.labels))}, name={type_.name!r})"


def labels_of(definition: ast.ClassDef, values_callable: Value = None) -> tuple[str, ...]:
    """
    What SQLAlchemy makes labels of, in order: the members' names, or what *values_callable* gives.

    Nothing where they are not known; a second name of the same value is none.
    """
    members = _members(definition)
    if values_callable is not None:
        values = [v.value for _, v in members if isinstance(v, ast.Constant)]
        texts = [value for value in values if isinstance(value, str)]
        known = len(texts) == len(members) and _gives_values(values_callable)
        return tuple(dict.fromkeys(texts)) if known else ()
    found: dict[str, str] = {}
    for name, value in members:
        found.setdefault(ast.dump(value) if isinstance(value, ast.Constant) else name, name)
    return tuple(found.values())


def values_of(definition: ast.ClassDef, bases: Collection[str]) -> tuple[str, ...]:
    """The values of the members, in order, where all are plain texts; nothing where they are not known."""
    known = of_members(definition, bases)
    values = [known.get((name, "value")) for name, _ in _members(definition)]
    texts = [value for value in values if isinstance(value, str)]
    return tuple(dict.fromkeys(texts)) if len(texts) == len(values) else ()


def of_members(
    definition: ast.ClassDef, bases: Collection[str]
) -> dict[tuple[str, str], str | int]:
    """
    What ``Mood.GLAD.value`` and ``.name`` are, by member and part, where these are plain constants.

    *bases* are the full names of what the class inherits from.
    """
    own = {s.name for s in definition.body if isinstance(s, ast.FunctionDef)}
    if own & {"__new__", "__init__"} or _ENUMERATIONS.isdisjoint(
        base.rpartition(".")[2] for base in bases
    ):
        return {}
    found: dict[tuple[str, str], str | int] = {}
    # A project's own of that name may count in another way.
    counts_in_names = "enum.StrEnum" in bases and "_generate_next_value_" not in own
    for member, value in dict(_members(definition)).items():
        found[member, "name"] = member
        match value:
            case ast.Constant(value=str() | int() as plain):
                found[member, "value"] = plain
            case ast.Call(func=ast.Name(id="auto") | ast.Attribute(attr="auto")) if counts_in_names:
                found[member, "value"] = member.lower()
            case _:
                pass
    return {key: what for key, what in found.items() if key[1] not in own}


_ENUMERATIONS = frozenset({"Enum", "IntEnum", "StrEnum"})


def _gives_values(function: Value) -> bool:
    """Whether it is ``lambda kind: [each.value for each in kind]``, the usual way to ask for values."""
    pattern = r"lambda (\w+): (?:\[|list\(|tuple\()(\w+)\.value for \2 in \1[\])]"
    return isinstance(function, Opaque) and re.fullmatch(pattern, function.text) is not None


def _members(definition: ast.ClassDef) -> list[tuple[str, ast.expr]]:
    found: list[tuple[str, ast.expr]] = []
    for statement in definition.body:
        match statement:
            case ast.Assign(targets=targets, value=value):
                found += [(t.id, value) for t in targets if isinstance(t, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found.append((name, value))
            case _:
                pass
    return [(n, value) for n, value in found if not n.startswith("_") and not _is_behaviour(value)]


def _is_behaviour(value: ast.expr) -> bool:
    """Whether an attribute of a Python enum is no member: a function, or what is made of one."""
    match value:
        case ast.Lambda():
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _BEHAVIOUR
        case _:
            return False
