"""The models of a split that changes a column's type: their attribute keeps its name, and is told the new column's."""

from __future__ import annotations

import ast
import re

from analyzers.plan.alembic_pieces import Successor
from analyzers.read.alembic.own_table import MappedTable
from analyzers.relate.facts import Facts

_CALLS = frozenset({"mapped_column", "Column"})


def models_of_successors(
    facts: Facts, successors: tuple[Successor, ...], revision: str
) -> tuple[dict[str, str], frozenset[str], tuple[str, ...]]:
    """
    The files of models that are told the new columns, files that cannot be, and what is to be written in those.

    A file that stays as the pull request has it would ask for columns that go.
    """
    written: dict[str, str] = {}
    left: set[str] = set()
    by_hand: list[str] = []
    for one in successors:
        model = facts.merged.alembic_model(one.table, one.database, revision)
        at = model.columns_at.get(one.old) if model is not None else None
        path = at.path if at is not None else model.place.path if model is not None else None
        if model is None or path is None:
            by_hand.append(f'{one.table}.{one.old} with the column "{one.new}"')
            continue
        before = written.get(path) or text_of(facts, path)
        after = _told(before, model, at.line, one) if at is not None and before else None
        if after is None:
            left.add(path)
            by_hand.append(f'{one.table}.{one.old} with the column "{one.new}"')
        else:
            written[path] = after
    for path in left:
        written.pop(path, None)
    return written, frozenset(left), tuple(by_hand)


def text_of(facts: Facts, path: str) -> str | None:
    """The file at *path* as the pull request has it."""
    try:
        return facts.head.tree.read(path).decode()
    except (KeyError, UnicodeDecodeError):
        return None


def _told(source: str, model: MappedTable, line: int, one: Successor) -> str | None:
    """*source* with the name of the new column at *line*; None where that is not all that is to be said."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    owner = next(
        (
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef)
            and _holds(node, model.place.line)
            and _holds(node, line)
        ),
        None,
    )
    # Strings name columns in indexes, constraints and keys: they would have to say the new one.
    if owner is None or _says(owner, one.old) or _says(tree, f"{one.table}.{one.old}"):
        return None
    for node in owner.body:
        if isinstance(node, ast.AnnAssign | ast.Assign) and _holds(node, line):
            call = node.value
            if isinstance(call, ast.Call) and _is_column(call):
                return _named(source, call, one.new)
    return None


def _holds(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _says(tree: ast.AST, name: str) -> bool:
    """Whether a string of *tree* has *name* in it as a word."""
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return any(
        isinstance(node, ast.Constant) and isinstance(node.value, str) and word.search(node.value)
        for node in ast.walk(tree)
    )


def _named(source: str, call: ast.Call, name: str) -> str | None:
    """*source* with *name* as the first argument of *call*."""
    lines = source.splitlines(keepends=True)
    row, column = call.func.end_lineno or 0, call.func.end_col_offset or 0
    # Offsets of syntax trees count bytes.
    line = lines[row - 1].encode()
    if not line[column:].startswith(b"("):
        return None
    said = f'"{name}"'
    if call.args or call.keywords:
        said += "," if line[column + 1 :].strip() == b"" else ", "
    lines[row - 1] = (line[: column + 1] + said.encode() + line[column + 1 :]).decode()
    return "".join(lines)


def _is_column(call: ast.Call) -> bool:
    """Whether *call* makes a column and gives it no name yet."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in _CALLS:
            pass
        case _:
            return False
    return not any(keyword.arg in {"name", None} for keyword in call.keywords) and not any(
        isinstance(arg, ast.Constant | ast.Starred) for arg in call.args
    )
