"""What PostgreSQL's anonymous blocks run: ``DO $$ BEGIN ... END $$``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_HARMLESS = frozenset(
    {"assert", "assign", "close", "getdiag", "null", "perform", "raise", "return"}
)
"""Statements of plpgsql that change no schema."""


class _NotStraight(Exception):
    """What runs hangs on more than whether it is wanted at all."""


def statements_in(block: str) -> tuple[str, ...]:
    """
    The SQL that the statement *block* runs, in order; nothing where that is not one line of statements.

    What stands under ``IF ... THEN`` counts, as it does with ``IF NOT EXISTS``; of
    two branches, of loops and of SQL that is put together nobody can say what runs.
    """
    import pglast

    try:
        (function,) = pglast.parse_plpgsql(block)
        action = function["PLpgSQL_function"]["action"]
        return tuple(_in_order([action]))
    except (pglast.parser.ParseError, _NotStraight, RecursionError, ValueError, KeyError):
        return ()


def _in_order(body: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for statement in body:
        ((kind, said),) = statement.items()
        match kind.removeprefix("PLpgSQL_stmt_"):
            case "block":
                if _runs(said.get("exceptions")):
                    raise _NotStraight
                yield from _in_order(said.get("body", ()))
            case "if":
                if _runs(said.get("else_body")) or _runs(said.get("elsif_list")):
                    raise _NotStraight
                yield from _in_order(said.get("then_body", ()))
            case "execsql":
                yield said["sqlstmt"]["PLpgSQL_expr"]["query"]
            case "dynexecute":
                literal = _LITERAL.fullmatch(said["query"]["PLpgSQL_expr"]["query"].strip())
                if literal is None or said.get("params"):
                    raise _NotStraight
                yield literal[1].replace("''", "'")
            case other:
                if other not in _HARMLESS and _runs(said):
                    raise _NotStraight


def _runs(said: Any) -> bool:
    """Whether something within *said* runs SQL."""
    match said:
        case dict():
            return any(
                key in {"PLpgSQL_stmt_execsql", "PLpgSQL_stmt_dynexecute"} or _runs(value)
                for key, value in said.items()
            )
        case list():
            return any(_runs(each) for each in said)
        case _:
            return False
