"""Whether an ``env.py`` begins the transaction itself: Alembic then has none that an ``autocommit_block()`` could end."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

BEGINS_ITSELF = "`env.py` begins the transaction itself, and `autocommit_block()` fails in it"
_BEGINS = frozenset({"begin", "begin_twophase"})
_ENDS = frozenset({"commit", "rollback", "close"})
_RUNS = frozenset({"run_migrations", "run_sync"})
"""What runs the revisions on a connection, or what does it for an asynchronous one."""
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def begins_itself(module: ast.Module) -> bool:
    """Whether revisions are run on a connection on which ``begin()`` was called before."""
    functions = [node for node in ast.walk(module) if isinstance(node, _Function)]
    running = {f.name for f in functions if any(_calls(f.body, _RUNS))}
    # A way without a connection has no transaction of its own.
    bodies = [module.body, *(f.body for f in functions if "offline" not in f.name)]
    return any(_around(body, _RUNS | running) or _before(body) for body in bodies)


def _around(body: Sequence[ast.stmt], runs: frozenset[str] | set[str]) -> bool:
    """``with engine.begin() as connection:`` around what runs them."""
    return any(
        isinstance(node, ast.With | ast.AsyncWith)
        and any(_name(item.context_expr) in _BEGINS for item in node.items)
        and any(_calls(node.body, runs))
        for node in _own(body)
    )


def _before(body: Sequence[ast.stmt]) -> bool:
    """``transaction = connection.begin()``, and they are run further down."""
    lines = [
        node.lineno
        for node in _own(body)
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr)
        and node.value is not None
        and _name(node.value) in _BEGINS
    ]
    ended = [call.lineno for call in _calls(body, _ENDS)]
    return any(
        call.lineno > line and not any(line < end < call.lineno for end in ended)
        for line in lines
        for call in _calls(body, frozenset({"run_migrations"}))
    )


def _own(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """All that stands in *body*, but for functions that are made there."""
    waiting: list[ast.AST] = [*body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _Function):
            continue
        yield node
        waiting.extend(ast.iter_child_nodes(node))


def _calls(body: Sequence[ast.stmt], names: frozenset[str] | set[str]) -> Iterator[ast.Call]:
    for node in _own(body):
        if isinstance(node, ast.Call) and _name(node) in names:
            yield node


def _name(node: ast.expr) -> str:
    """The last part of the name that is called; empty where nothing is."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name
        case _:
            return ""
