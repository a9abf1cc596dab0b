"""Functions that stand in the class of a migration, as if they stood before it."""

from __future__ import annotations

import ast

from analyzers.relate.scopes import bound_at_top


def hoist(module: ast.Module) -> None:
    """
    Move what ``RunPython`` is given in the class ``Migration`` out of it, changed in place.

    A method that Django calls is given to nobody by its name, and stays.
    """
    taken = {*bound_at_top(module.body)}
    for at, statement in enumerate(module.body):
        if isinstance(statement, ast.ClassDef) and statement.name == "Migration":
            given = _given(statement)
            out = [
                s
                for s in statement.body
                if isinstance(s, ast.FunctionDef)
                and s.name in given - taken
                and not s.decorator_list
            ]
            if out:
                moved = {*out}
                statement.body = [s for s in statement.body if s not in moved]
                module.body[at:at] = out
            return


def _given(migration: ast.ClassDef) -> frozenset[str]:
    """The names that are handed on where *migration* states what it does."""
    stated = (s for s in migration.body if isinstance(s, ast.Assign | ast.AnnAssign))
    calls = (n for s in stated for n in ast.walk(s) if isinstance(n, ast.Call))
    handed = (a for call in calls for a in (*call.args, *(k.value for k in call.keywords)))
    return frozenset(a.id for a in handed if isinstance(a, ast.Name))
