"""What operators, built-in functions and methods give for constants, within bounds."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from typing import Any

from analyzers.limits import CONTAINER_ITEMS, TEXT_CHARACTERS, VALUE_PARTS
from analyzers.read.values import Value, few, iterable, longest, put_in


def constant(value: Value) -> bool:
    return value is None or isinstance(
        value, bool | int | float | str | bytes | tuple | list | dict | frozenset
    )


def plain(value: Value) -> bool:
    return (
        isinstance(value, int | float | str | bytes | tuple | list | dict | frozenset)
        or value is None
    )


def certain(value: Value) -> bool:
    """
    Whether *value* is made of constants alone, so that Python compares and formats it in one way.

    What holds too many of them is not looked through.
    """
    return few(value, VALUE_PARTS) and _certain(value)


def _certain(value: Value) -> bool:
    if isinstance(value, dict):
        return all(_certain(k) and _certain(v) for k, v in value.items())
    if isinstance(value, list | tuple | frozenset):
        return all(map(_certain, value))
    return plain(value)


def small(left: Value, right: Value, op: ast.operator) -> bool:
    if isinstance(op, ast.Pow | ast.LShift):
        return (
            isinstance(left, int)
            and isinstance(right, int)
            and 0 <= right <= 128
            and abs(left) <= 1 << 32
        )
    if isinstance(op, ast.Mult) and not (isinstance(left, float) or isinstance(right, float)):
        size = max(
            (len(v) for v in (left, right) if isinstance(v, str | bytes | list | tuple)), default=0
        )
        times = max((abs(v) for v in (left, right) if isinstance(v, int)), default=1)
        return size * times <= CONTAINER_ITEMS if size else times <= 1 << 64
    if isinstance(op, ast.Mod) and isinstance(left, str):
        if re.search(r"%[^%a-zA-Z(]*\d{3,}", left) is not None:
            return False
        return len(left) + left.count("%") * longest(put_in(left, right)) <= TEXT_CHARACTERS
    return True


def bounded(value: Value) -> bool:
    if isinstance(value, str | bytes):
        return len(value) <= TEXT_CHARACTERS
    if isinstance(value, list | tuple | dict | frozenset):
        return len(value) <= CONTAINER_ITEMS
    return True


NOTHING = object()


def builtin(name: str, args: list[Value], kwargs: list[tuple[str, Value]]) -> Value:
    if name == "dict" and not args:
        return dict(kwargs)
    if kwargs or len(args) > 3:
        return NOTHING
    match name, args:
        case (
            "list" | "tuple" | "sorted" | "set" | "frozenset" | "enumerate" | "reversed",
            [value],
        ):
            items = iterable(value)
            if items is None:
                return NOTHING
            if name == "tuple":
                return tuple(items)
            if name == "enumerate":
                return list(enumerate(items))
            if name == "reversed":
                return items[::-1]
            try:
                if name in {"set", "frozenset"}:
                    return frozenset(items)
                return sorted(items) if name == "sorted" else items
            except TypeError:
                return NOTHING
        case ("list", []):
            return []
        case ("tuple", []):
            return ()
        case ("set" | "frozenset", []):
            return frozenset()
        case ("dict", [dict() as value]):
            return dict(value)
        case ("range", _) if args and all(isinstance(a, int) for a in args):
            try:
                numbers = range(*args)
            except (TypeError, ValueError):
                return NOTHING
            return list(numbers) if len(numbers) <= CONTAINER_ITEMS else NOTHING
        case ("len", [str() | list() | tuple() | dict() as value]):
            return len(value)
        case ("str", [str() | int() as value]):
            return written(value)
        case ("bool" | "any" | "all" | "int" | "max" | "min" | "sum", _):
            return _of_constants(name, args)
        case ("zip", [list() | tuple() as one, list() | tuple() as two]):
            return list(zip(one, two, strict=False))
        case _:
            return NOTHING


def written(value: str | int) -> Value:
    """*value* as a text; ``NOTHING`` for a number with more digits than Python writes."""
    try:
        return str(value)
    except ValueError:
        return NOTHING


def _items(value: Value) -> list[Value]:
    items = iterable(value)
    return [value] if items is None else items


_CALLED = {"bool": bool, "any": any, "all": all, "int": int, "max": max, "min": min, "sum": sum}


def _of_constants(name: str, args: list[Value]) -> Value:
    """What a function gives for constants; of ``int`` for a short text or a number, of ``sum`` for numbers."""
    if not all(map(certain, args)) or any(isinstance(a, str) and len(a) > 20 for a in args):
        return NOTHING
    if name == "sum" and not all(isinstance(n, int | float) for a in args for n in _items(a)):
        # Lists are joined in the square of their number.
        return NOTHING
    try:
        value: Value = _CALLED[name](*args)  # type: ignore[operator]
    except (TypeError, ValueError, OverflowError):
        return NOTHING
    return value


BUILTINS = frozenset(
    [
        "all",
        "any",
        "bool",
        "bytes",
        "complex",
        "dict",
        "enumerate",
        "float",
        "frozenset",
        "int",
        "len",
        "list",
        "max",
        "min",
        "object",
        "range",
        "reversed",
        "set",
        "sorted",
        "str",
        "sum",
        "tuple",
        "zip",
        "print",
        "repr",
        "property",
        "super",
        "isinstance",
        "getattr",
        "type",
    ]
)
TEXT_METHODS = frozenset(
    [
        "format",
        "join",
        "upper",
        "lower",
        "strip",
        "lstrip",
        "rstrip",
        "title",
        "capitalize",
        "replace",
        "split",
        "splitlines",
        "startswith",
        "endswith",
        "removeprefix",
        "removesuffix",
    ]
)
METHODS = TEXT_METHODS | {"items", "keys", "values", "get"}


def formatted(owner: str, args: list[Value], kwargs: dict[str | None, Value]) -> Value:
    """What ``owner.format(...)`` gives for texts and numbers; ``NOTHING`` where it is not as plain as that."""
    named = {name: value for name, value in kwargs.items() if name is not None}
    values = [*args, *named.values()]
    if len(named) < len(kwargs) or not all(isinstance(v, str | int) for v in values):
        return NOTHING
    # Attribute access and width make formatting a way to run or to blow up.
    if re.search(r"\{[^{}]*[.\[:!]", owner):
        return NOTHING
    texts = [written(v) for v in values if isinstance(v, str | int)]
    if NOTHING in texts:
        return NOTHING
    longest = max((len(t) for t in texts if isinstance(t, str)), default=0)
    if len(owner) + owner.count("{") * longest > TEXT_CHARACTERS:
        return NOTHING
    try:
        return owner.format(*args, **named)
    except (ValueError, KeyError, IndexError):
        return NOTHING


def text_method(owner: str, method: str, args: list[Value]) -> Value:
    """What a method of *owner* without numbers among its *args* gives; ``NOTHING`` where that cannot be known, or is too long."""
    longest = len(owner)
    match method, args:
        case "join", [list() | tuple() as items] if all(isinstance(i, str) for i in items):
            longest = sum(map(len, items)) + len(owner) * len(items)
        case "join", _:
            return NOTHING
        case "replace", [str() as old, str() as new]:
            longest += owner.count(old) * len(new)
        case _:
            # Of a text that is split there may be as many parts as it has characters.
            longest *= 10
    if longest > TEXT_CHARACTERS or any(isinstance(a, int) for a in args):
        return NOTHING
    try:
        return getattr(owner, method)(*args)
    except (TypeError, ValueError):
        return NOTHING


BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
}
COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
    ast.Is: lambda a, b: a is b,
    ast.IsNot: lambda a, b: a is not b,
}
