"""Texts that a revision imports from a file of its repository: the names of its tables and of their schema."""

from __future__ import annotations

import ast
from collections.abc import Callable
from copy import deepcopy

from analyzers.read.alembic.module_names import module_scope
from analyzers.read.values import Ref

LookUp = Callable[[str], str | None]
"""The text that a dotted path names; None where it names none."""

_LIBRARIES = frozenset({"sqlalchemy", "alembic"})


def with_texts(module: ast.Module, package: str, look_up: LookUp) -> ast.Module:
    """
    *module* with the constants that it imports as constants of its own, as far as they are texts.

    *package* is the dotted package of the file. The same *module* where there are none.
    """
    known: dict[str, str] = {}
    for name, value in module_scope(_imports(module), package=package).names.items():
        if isinstance(value, Ref) and value.name.partition(".")[0] not in _LIBRARIES:
            known[name] = value.name
    if not known:
        return module
    texts: dict[tuple[str, str | None], str] = {}
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name) if name.isupper() and name in known:
                asked: tuple[str, str | None] = (name, None)
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if attr.isupper():
                asked = (name, attr)
            case _:
                continue
        if asked[0] in known and asked not in texts:
            text = look_up(".".join((known[asked[0]], *(part for part in asked[1:] if part))))
            if text is not None:
                texts[asked] = text
    if not texts:
        return module
    made = _Put(texts).visit(deepcopy(module))
    return made if isinstance(made, ast.Module) else module


def _imports(module: ast.Module) -> ast.Module:
    """The imports at the top of *module* and of its functions alone."""
    found: list[ast.stmt] = []
    for statement in module.body:
        body = statement.body if isinstance(statement, ast.FunctionDef) else [statement]
        found += [inner for inner in body if isinstance(inner, ast.Import | ast.ImportFrom)]
    return ast.Module(body=found, type_ignores=[])


class _Put(ast.NodeTransformer):
    """Writes a constant for what is asked for."""

    def __init__(self, texts: dict[tuple[str, str | None], str]) -> None:
        self._texts = texts

    def visit_Name(self, node: ast.Name) -> ast.AST:
        text = self._texts.get((node.id, None))
        if text is None or not isinstance(node.ctx, ast.Load):
            return node
        return ast.copy_location(ast.Constant(text), node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and isinstance(node.ctx, ast.Load):
            text = self._texts.get((node.value.id, node.attr))
            if text is not None:
                return ast.copy_location(ast.Constant(text), node)
        return self.generic_visit(node)
