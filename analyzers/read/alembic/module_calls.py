"""Operations that a revision's file asks for as it is loaded, before Alembic has any."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_PROXIES = {"alembic.op": "Operations", "alembic.context": "EnvironmentContext"}
"""What a module stands in for while a command runs ``env.py``."""
_APART = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda),
    *(ast.If, ast.IfExp, ast.Match, ast.BoolOp),
    *(ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
    *(ast.Try, ast.TryStar, ast.With),
)


def called_at_top(module: ast.Module) -> ast.Call | None:
    """
    The first ``op.anything()`` or ``context.anything()`` that loading *module* comes to for certain.

    What stands in a function waits until it is called; what a branch or a loop holds may
    never be reached, and what a ``try`` or a ``with`` holds may be caught.
    """
    names: dict[str, str] = {}
    for statement in module.body:
        match statement:
            case ast.ImportFrom(module="alembic", level=0, names=aliases):
                for alias in aliases:
                    names[alias.asname or alias.name] = f"alembic.{alias.name}"
            case _ if not isinstance(statement, _APART):
                for node in _run(statement):
                    match node:
                        case ast.Call(func=ast.Attribute(value=ast.Name(id=name))) if (
                            names.get(name) in _PROXIES
                        ):
                            return node
                        case _:
                            pass
            case _:
                pass
    return None


def _run(statement: ast.stmt) -> Iterator[ast.AST]:
    """*statement* and what is run with it, in the order of the source."""
    # No recursion: what a file holds may be nested thousands of levels deep.
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        yield node
        children = [c for c in ast.iter_child_nodes(node) if not isinstance(c, _APART)]
        todo += reversed(children)
