"""What Python's operators and a few of its methods make of values that are known."""

from __future__ import annotations

import ast
import re

from analyzers import limits
from analyzers.read.values import Call, Opaque, Ref, Value, few, longest, put_in

_PLAIN_FIELDS = re.compile(r"(?:[^{}]|\{\w*\}|\{\{|\}\})*")
_PLAIN_PERCENT = re.compile(r"(?:[^%]|%%|%s|%d|%\(\w+\)s)*")


def is_known(value: Value) -> bool:
    """Whether *value* is a plain constant through and through; what holds too many is not looked through."""
    match value:
        case Opaque() | Ref() | Call():
            return False
        case tuple() | list() | dict():
            return few(value, limits.VALUE_PARTS) and _is_known(value)
        case _:
            return True


def _is_known(value: Value) -> bool:
    match value:
        case Opaque() | Ref() | Call():
            return False
        case tuple() | list():
            return all(map(_is_known, value))
        case dict():
            return all(map(_is_known, value.values()))
        case _:
            return True


def iterate(value: Value) -> list[Value] | None:
    """The items that a loop over *value* meets; None where they are not known."""
    match value:
        case list() | tuple():
            return list(value)[: limits.CONTAINER_ITEMS]
        case dict():
            return list(value)[: limits.CONTAINER_ITEMS]
        case _:
            return None


def binary(left: Value, operator: ast.operator, right: Value, node: ast.expr) -> Value:
    match operator, left, right:
        case ast.Add(), str(), str():
            joined = left + right
            return joined if len(joined) <= limits.TEXT_CHARACTERS else Opaque("...")
        case ast.Add(), list() | tuple(), list() | tuple():
            return [*left, *right][: limits.CONTAINER_ITEMS]
        case ast.Add() | ast.Sub() | ast.Mult(), int() | float(), int() | float():
            if abs(left) > 10**12 or abs(right) > 10**12:
                return Opaque(ast.unparse(node))
            if isinstance(operator, ast.Add):
                return left + right
            return left - right if isinstance(operator, ast.Sub) else left * right
        case ast.Div() | ast.FloorDiv() | ast.Mod(), int() | float(), int() | float() if right:
            if abs(left) > 10**12 or abs(right) > 10**12:
                return Opaque(ast.unparse(node))
            if isinstance(operator, ast.Mod):
                return left % right
            return left / right if isinstance(operator, ast.Div) else left // right
        case ast.LShift(), int(), int() if abs(left) <= 1 << 32 and 0 <= right <= 32:
            return left << right
        case ast.Pow(), int(), int() if abs(left) <= 1024 and 0 <= right <= 64:
            return left**right
        case ast.Mod(), str(), str() | int() | tuple() | dict() if is_known(right):
            # Widths would let a short text make a very long one.
            most = len(left) + left.count("%") * longest(put_in(left, right))
            if most > limits.TEXT_CHARACTERS or not _PLAIN_PERCENT.fullmatch(left):
                return Opaque(ast.unparse(node))
            try:
                return left % right
            except (TypeError, ValueError, KeyError):
                return Opaque(ast.unparse(node))
        case _:
            return Opaque(ast.unparse(node))


def compared(left: Value, operator: ast.cmpop, right: Value) -> bool | None:
    if not is_known(left) or not is_known(right):
        return None
    match operator:
        case ast.Eq() | ast.Is():
            return bool(left == right)
        case ast.NotEq() | ast.IsNot():
            return bool(left != right)
        case ast.In() | ast.NotIn() if isinstance(right, list | tuple | dict | str):
            try:
                inside = left in right
            except TypeError:
                return None
            return inside if isinstance(operator, ast.In) else not inside
        case _:
            return None


def item_of(value: Value, index: Value, node: ast.expr) -> Value:
    try:
        if isinstance(value, dict) and isinstance(index, str | int | Ref):
            return value[index]
        if isinstance(value, list | tuple) and isinstance(index, int):
            return value[index]
    except (KeyError, IndexError):
        pass
    return Opaque(ast.unparse(node))


def passed_on(name: str, value: Value, node: ast.expr) -> Value:
    if not is_known(value):
        return Opaque(ast.unparse(node))
    match name, value:
        case "str", str() | int():
            return str(value)
        case "int", int() | float() if abs(value) <= 10**12:
            return int(value)
        case "str" | "int", _:
            return Opaque(ast.unparse(node))
        case _:
            pass
    items = iterate(value)
    if items is None:
        return Opaque(ast.unparse(node))
    if name == "sorted":
        return (
            sorted(items) if all(isinstance(i, str) for i in items) else Opaque(ast.unparse(node))
        )
    if name == "reversed":
        return items[::-1]
    return tuple(items) if name in {"tuple", "frozenset", "set"} else items


def method_of(receiver: Value, attr: str, args: tuple[Value, ...]) -> Value:
    """Calls of a few methods of texts and dictionaries; None for all others."""
    if not is_known(receiver):
        return None
    match receiver, attr, args:
        case str(), "join", (list() | tuple() as items,) if all(isinstance(i, str) for i in items):
            most = sum(map(len, items)) + len(receiver) * len(items)
            return receiver.join(items) if most <= limits.TEXT_CHARACTERS else None
        case str(), "startswith" | "endswith", (str() | tuple() as parts,):
            try:
                return getattr(receiver, attr)(parts)
            except TypeError:
                return None
        case str(), "upper" | "lower" | "strip", ():
            return getattr(receiver, attr)()
        case str(), "format", _ if is_known(list(args)) and len(receiver) < 10_000:
            # Widths, attributes and indices are nothing that a table's name needs.
            most = len(receiver) + receiver.count("{") * longest(args)
            if most > limits.TEXT_CHARACTERS or not _PLAIN_FIELDS.fullmatch(receiver):
                return None
            try:
                return receiver.format(*args)
            except (IndexError, KeyError, ValueError):
                return None
        case dict(), "get", (str() | int() as key,):
            # What is not there is None to Python, and "not one of these methods" here.
            return receiver.get(key)
        case dict(), "items", ():
            return [tuple(pair) for pair in receiver.items()]
        case dict(), "keys", ():
            return list(receiver)
        case dict(), "values", ():
            return list(receiver.values())
        case _:
            return None
