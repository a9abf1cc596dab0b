"""Local names that a revision's function could do without: values that it could as well say where they are used."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

_MADE = frozenset({"uuid1", "uuid4", "utcnow", "now", "today"})
"""Functions that give the same sort of value a moment later, and do nothing else."""

_LATER = (
    ast.For,
    ast.While,
    ast.With,
    ast.Try,
    ast.FunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)
"""What runs later than the statement it stands in begins, several times, or not at all."""


def without_locals(function: ast.FunctionDef) -> None:
    """
    Put ``made = uuid4()`` and its like into the next statement, which alone uses it, and once.

    What nothing uses goes. Imported names are full ones.
    """
    stored = Counter(_names(function, ast.Store))
    stored.update(name for node in ast.walk(function) for name in _elsewhere(node))
    asked = Counter(_names(function, ast.Load))
    for node in ast.walk(function):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list):
                block[:] = _shortened(block, stored, asked) or ([ast.Pass()] if block else [])


def bare_texts(function: ast.FunctionDef) -> Iterator[ast.Assign]:
    """The assignments of *function* to names that are only ever run by ``execute``."""
    run: Counter[str] = Counter()
    plain: dict[str, list[ast.Assign]] = {}
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(attr="execute"), args=[ast.Name(id=name), *_]):
                run[name] += 1
            case ast.Assign(targets=[ast.Name(id=name)]):
                plain.setdefault(name, []).append(node)
            case _:
                pass
    stored = Counter(_names(function, ast.Store))
    stored.update(name for node in ast.walk(function) for name in _elsewhere(node))
    asked = Counter(_names(function, ast.Load))
    for name, found in plain.items():
        if stored[name] == len(found) and asked[name] == run[name] > 0:
            yield from found


def _names(function: ast.FunctionDef, kind: type[ast.expr_context]) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, kind):
            yield node.id


def _elsewhere(node: ast.AST) -> tuple[str, ...]:
    """Names that *node* binds otherwise than by ``Name``, or shares with others."""
    match node:
        case ast.arg(arg=name) | ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            return (name,)
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return (*names, *names)
        case _:
            return ()


def _shortened(block: list[ast.stmt], stored: Counter[str], asked: Counter[str]) -> list[ast.stmt]:
    kept: list[ast.stmt] = []
    waiting: dict[str, ast.expr] = {}
    for statement in block:
        if waiting:
            _Put(waiting).visit(statement)
        waiting = {}
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if (
                stored[name] == 1 and asked[name] == 0 and _made(value)
            ):
                continue
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if (
                stored[name] == asked[name] == 1 and _made(value) and statement is not block[-1]
            ):
                following = block[block.index(statement) + 1]
                if any(isinstance(n, ast.Name) and n.id == name for n in _at_once(following)):
                    waiting = {name: value}
                    continue
            case _:
                pass
        kept.append(statement)
    return kept


def _made(value: ast.expr) -> bool:
    match value:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[], keywords=[]):
            return name.rpartition(".")[2] in _MADE
        case _:
            return False


def _at_once(statement: ast.stmt) -> Iterator[ast.AST]:
    """What *statement* evaluates once, in no order."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, _LATER):
            yield node
            waiting += ast.iter_child_nodes(node)


class _Put(ast.NodeTransformer):
    def __init__(self, values: dict[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._values.get(node.id, node)
