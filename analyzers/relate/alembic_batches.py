"""Operations on tables that stand, as batches: SQLite changes tables in no other way."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import groupby

_TABLE_AT = {
    "add_column": 0,
    "drop_column": 0,
    "alter_column": 0,
    "create_index": 1,
    "drop_index": 1,
    "create_unique_constraint": 1,
    "create_foreign_key": 1,
    "drop_constraint": 1,
}
"""Operations that a batch knows, and where they name their table."""


def in_batches(lines: Iterable[str]) -> Iterator[str]:
    """*lines* of ``op`` calls, with one batch, a text of several lines, for those on one table that follow on each other."""
    divided = (_divided(line) for line in dict.fromkeys(lines))
    for header, calls in groupby(divided, key=lambda each: each[0]):
        said = [line for _, line in calls]
        if header:
            yield "\n    ".join((f"with {header} as batch_op:", *said))
        else:
            yield from said


def _divided(line: str) -> tuple[str, str]:
    """The batch that *line* belongs to and what it says there; no batch where there is none for it."""
    if line.startswith(("#", "with ")):
        return "", line
    call = ast.parse(line, mode="eval").body
    match call:
        case ast.Call(func=ast.Attribute(attr=name), args=args, keywords=keywords) if (
            name in _TABLE_AT and line.isascii() and "\n" not in line
        ):
            pass
        case _:
            return "", line
    at = _TABLE_AT[name]
    parts: list[ast.expr | ast.keyword] = [*args, *keywords]
    table: ast.expr | ast.keyword | None = (
        args[at] if len(args) > at else next((k for k in keywords if k.arg == "table_name"), None)
    )
    schema = next((k for k in keywords if k.arg in {"schema", "source_schema"}), None)
    if table is None:
        return "", line
    named = _text(table.value if isinstance(table, ast.keyword) else table, line)
    kept = [_text(p, line) for p in parts if p is not table and p is not schema]
    where = f", schema={_text(schema.value, line)}" if schema is not None else ""
    return f"op.batch_alter_table({named}{where})", f"batch_op.{name}({', '.join(kept)})"


def _text(node: ast.expr | ast.keyword, line: str) -> str:
    return line[node.col_offset : node.end_col_offset]
