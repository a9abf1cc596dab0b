"""Labels of PostgreSQL's enum types: statements that add one, and statements that speak of one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from analyzers.limits import TEXT_CHARACTERS
from analyzers.read.sql_postgresql import parsed

_ADDS = re.compile(r"\s*ALTER\s+TYPE\b.*\bADD\s+VALUE\b", re.IGNORECASE | re.DOTALL)
_COMPARES = frozenset({"AEXPR_OP", "AEXPR_IN", "AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT"})


class Label(NamedTuple):
    """A label that a statement adds to an enum type."""

    type: str
    label: str
    if_not_exists: bool


class Literal(NamedTuple):
    """A text that is made a value of a type: of the type that is named, or of a column's."""

    text: str
    type: str | None = None
    column: str | None = None


def bare_type(name: str) -> str:
    """*name* as PostgreSQL knows it, without the schema that goes without saying."""
    last = name.removeprefix("public.").removeprefix('"public".')
    return last[1:-1] if last[:1] == last[-1:] == '"' else last


def added_label(sql: str) -> Label | None:
    """What ``ALTER TYPE ... ADD VALUE`` adds; None of any other statement."""
    if len(sql) > TEXT_CHARACTERS or not _ADDS.match(sql):
        return None
    for raw in parsed(sql) or ():
        node = raw.stmt
        if type(node).__name__ == "AlterEnumStmt" and node.oldVal is None:
            name = ".".join(part.sval for part in node.typeName)
            return Label(bare_type(name), node.newVal, bool(node.skipIfNewValExists))
    return None


def literals_in(sql: str) -> Iterator[Literal]:
    """
    The texts that *sql*, a statement that writes, makes values of types and of its own table's columns.

    Where it asks several tables, a comparison may be with a column of another one: those are left out.
    """
    statements = parsed(sql) if len(sql) <= TEXT_CHARACTERS else None
    for raw in statements or ():
        nodes = [*_nodes(raw.stmt(skip_none=True))]
        alone = sum(node.get("@") == "RangeVar" for node in nodes) == 1
        for node in nodes:
            yield from _cast(node)
            if alone:
                yield from _compared(node)
        top = nodes[0] if nodes else {}
        yield from _assigned(top)
        yield from _inserted(top)


def literals_of_condition(text: str) -> Iterator[Literal]:
    """The same of a condition on one table: of a check, or of a partial index."""
    return literals_in(f"DELETE FROM t WHERE {text}")  # noqa: S608 - read, not run


def literals_of_default(text: str, column: str) -> Iterator[Literal]:
    """The same of a default of *column*."""
    if '"' in column:
        return iter(())
    return literals_in(f'UPDATE t SET "{column}" = {text}')  # noqa: S608 - read, not run


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every node below *tree*, itself first."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, tuple | list):
            waiting.extend(node)


def _text(node: Any) -> str | None:
    """The text that *node* is, where it is one."""
    match node:
        case {"@": "A_Const", "val": {"@": "String", "sval": str(text)}}:
            return text
        case _:
            return None


def _cast(node: dict[str, Any]) -> Iterator[Literal]:
    match node:
        case {"@": "TypeCast", "arg": arg, "typeName": {"names": names}} if text := _text(arg):
            yield Literal(text, type=bare_type(".".join(part["sval"] for part in names)))
        case _:
            pass


def _compared(node: dict[str, Any]) -> Iterator[Literal]:
    match node:
        case {"@": "A_Expr", "kind": {"name": kind}, "lexpr": one, "rexpr": other} if (
            kind in _COMPARES
        ):
            for left, right in ((one, other), (other, one)):
                column = _column(left)
                texts = map(_text, right if isinstance(right, tuple | list) else (right,))
                for text in texts if column is not None else ():
                    if text is not None:
                        yield Literal(text, column=column)
        case _:
            pass


def _column(node: Any) -> str | None:
    match node:
        case {"@": "ColumnRef", "fields": fields}:
            return fields[-1].get("sval") if len(fields) <= 2 else None
        case _:
            return None


def _assigned(node: dict[str, Any]) -> Iterator[Literal]:
    if node.get("@") != "UpdateStmt":
        return
    for target in node.get("targetList", ()):
        text = _text(target.get("val"))
        if text is not None and not target.get("indirection"):
            yield Literal(text, column=target["name"])


def _inserted(node: dict[str, Any]) -> Iterator[Literal]:
    if node.get("@") != "InsertStmt":
        return
    names = [column.get("name") for column in node.get("cols", ())]
    for row in node.get("selectStmt", {}).get("valuesLists", ()):
        for name, value in zip(names, row, strict=False):
            text = _text(value)
            if text is not None and name is not None:
                yield Literal(text, column=name)
