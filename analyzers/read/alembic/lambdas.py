"""Functions without a name, which the evaluator keeps as their text."""

from __future__ import annotations

import ast
from functools import lru_cache

from analyzers.read.alembic.evaluate import Scope


@lru_cache(maxsize=32)
def without_name(text: str) -> ast.Lambda | None:
    """The function that *text* is, None where it is something else; one may be called many times."""
    if not text.startswith("lambda: "):
        return None
    try:
        made = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return made if isinstance(made, ast.Lambda) else None


def asks_for_locals(made: ast.Lambda, scope: Scope) -> bool:
    """Whether *made* asks for names that *scope* does not have from its module: those of a function."""
    asked = (node.id for node in ast.walk(made.body) if isinstance(node, ast.Name))
    return any(scope.holder(name).outer is not None for name in asked)
