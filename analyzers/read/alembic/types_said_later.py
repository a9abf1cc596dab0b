"""Types of what stands already, said in a revision that did not say them: some databases ask for them."""

from __future__ import annotations

import ast

from analyzers.read.sources import Unparsed, parse

_TOLD = {"alter_column": "existing_type", "drop_constraint": "type_"}
_KINDS = frozenset({"foreignkey", "primary", "unique"})
"""A convention may make another name of a check, once it is known for one."""


def without_later_types(old: bytes, new: bytes) -> bytes:
    """
    The revision *new* without the types that it says where *old* has none at all.

    ``op.alter_column(..., nullable=False)`` and ``op.drop_constraint(...)`` stop without one on
    MySQL (the former on SQL Server, too), and the others make no use of it. The same bytes where
    there is nothing of it.
    """
    later = [name for name in (b"existing_type", b"type_") if name in new and name not in old]
    module, before = (parse(new), parse(old)) if later else (None, None)
    if module is None or isinstance(module, Unparsed) or not isinstance(before, ast.Module):
        return new
    if any(_says_by_position(call) for call in ast.walk(before)):
        return new
    found = False
    for call in ast.walk(module):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        told = _TOLD.get(call.func.attr)
        if told is None or told.encode() not in later or any(k.arg is None for k in call.keywords):
            continue
        aside = {"type_"} if ast.unparse(call.func.value) == "op" else {"type_", "new_column_name"}
        if call.func.attr == "alter_column" and any(k.arg in aside for k in call.keywords):
            # What the old type had beside it goes with it, in a table that is written anew with its name, too.
            continue
        kept = [k for k in call.keywords if k.arg != told or not _idle(k)]
        found = found or len(kept) < len(call.keywords)
        call.keywords = kept
    try:
        return ast.unparse(module).encode("utf-8", "surrogateescape") if found else new
    except (RecursionError, ValueError):
        return new


def _says_by_position(call: ast.AST) -> bool:
    """Whether the kind of a constraint is said without the word ``type_``."""
    match call:
        case ast.Call(func=ast.Attribute(attr="drop_constraint"), args=[_, _, _, *_]):
            return True
        case _:
            return False


def _idle(told: ast.keyword) -> bool:
    """Whether the type does nothing but let such a database have its statement."""
    match told:
        case ast.keyword(arg="type_", value=ast.Constant(value=kind)):
            return kind in _KINDS
        case ast.keyword(arg="existing_type"):
            return True
        case _:
            return False
