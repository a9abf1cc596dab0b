"""Whether an ``env.py`` begins the transaction itself: Alembic then has none that an ``autocommit_block()`` could end."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterator, Sequence

BEGINS_ITSELF = "`env.py` begins the transaction itself, and `autocommit_block()` fails in it"
_BEGINS = frozenset({"begin", "begin_twophase"})
_ENDS = frozenset({"commit", "rollback", "close"})
_RUNS = frozenset({"run_migrations"})
"""What runs the revisions on a connection."""
_HANDS_ON = frozenset({"run_sync"})
"""What an asynchronous connection runs a function with."""
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def begins_itself(module: ast.Module) -> bool:
    """Whether revisions are run on a connection on which ``begin()`` was called before."""
    functions = [node for node in ast.walk(module) if isinstance(node, _Function)]
    runs = _RUNS | {f.name for f in functions if any(_calls(f.body, _RUNS))}
    runs |= {f.name for f in functions if _runs(f.body, runs)}
    # A way without a connection has no transaction of its own.
    bodies = [module.body, *(f.body for f in functions if "offline" not in f.name)]
    return any(_around(body, runs) or _before(body) for body in bodies)


def _around(body: Sequence[ast.stmt], runs: frozenset[str]) -> bool:
    """``with engine.begin() as connection:`` around what runs them."""
    return any(
        isinstance(node, ast.With | ast.AsyncWith)
        and any(_name(item.context_expr) in _BEGINS for item in node.items)
        and _runs(node.body, runs)
        for node in _own(body)
    )


def _runs(body: Sequence[ast.stmt], runs: frozenset[str]) -> bool:
    """Whether *body* calls one of *runs*, or hands it to a connection: other work may be handed to one as well."""
    return any(_calls(body, runs)) or any(
        _called(node) in runs
        for call in _calls(body, _HANDS_ON)
        for argument in call.args
        for node in ast.walk(argument)
    )


def _called(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _before(body: Sequence[ast.stmt]) -> bool:
    """``transaction = connection.begin()``, and they are run further down."""
    lines = [
        node.lineno
        for node in _own(body)
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr)
        and node.value is not None
        and _name(node.value) in _BEGINS
    ]
    running = sorted(call.lineno for call in _calls(body, _RUNS))
    ended = sorted(call.lineno for call in _calls(body, _ENDS))
    for line in lines:
        run, end = bisect_right(running, line), bisect_right(ended, line)
        if run < len(running) and (end == len(ended) or ended[end] >= running[run]):
            return True
    return False


def _own(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """All that stands in *body*, but for functions that are made there."""
    waiting: list[ast.AST] = [*body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _Function):
            continue
        yield node
        waiting.extend(ast.iter_child_nodes(node))


def _calls(body: Sequence[ast.stmt], names: frozenset[str]) -> Iterator[ast.Call]:
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
