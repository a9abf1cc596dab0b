"""Live model classes that a migration imports or asks for, and the historical ones that take their place."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.read.sources import Unparsed, parse

LIVE = "models.either"
"""The module that both kinds seem to come from, to be compared."""


def in_one_form(old: bytes, new: bytes) -> tuple[bytes, bytes] | None:
    """
    Both files with one kind of those models that *old* has live and *new* asks for by ``apps.get_model``.

    None where there is none.
    """
    before, after = parse(old), parse(new)
    if isinstance(before, Unparsed) or isinstance(after, Unparsed):
        return None
    names = frozenset(_live(before)) & frozenset(_asked(after))
    if not names:
        return None
    try:
        texts = [
            ast.unparse(ast.fix_missing_locations(_OneForm(names).visit(module)))
            for module in (before, after)
        ]
    except (RecursionError, ValueError):
        return None
    head = f"from {LIVE} import {', '.join(sorted(names))}\n"
    one, two = ((head + text).encode("utf-8", "surrogateescape") for text in texts)
    return one, two


def _live(module: ast.Module) -> Iterator[str]:
    """Models that are imported, or asked for where no historical ones can be had."""
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and _of_models(node):
            yield from (a.name for a in node.names if a.asname is None)
    for statement in module.body:
        name = _gotten(statement)
        if name is not None:
            yield name


def _of_models(node: ast.ImportFrom) -> bool:
    parts = (node.module or "").split(".")
    return "models" in parts and parts[0] != "django"


def _asked(module: ast.Module) -> Iterator[str]:
    """Models that functions ask for."""
    for function in module.body:
        for node in ast.walk(function) if isinstance(function, ast.FunctionDef) else ():
            name = _gotten(node, of_apps=True)
            if name is not None:
                yield name


def _gotten(node: ast.AST, *, of_apps: bool = False) -> str | None:
    """The name in ``Order = apps.get_model("shop", "Order")``, where it is the model's own."""
    match node:
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.Call(func=function, args=[*_, ast.Constant(value=str(asked))], keywords=[]),
        ):
            match function:
                case ast.Attribute(value=ast.Name(), attr="get_model"):
                    pass
                case ast.Name(id="get_model") if not of_apps:
                    pass
                case _:
                    return None
            return name if asked.rpartition(".")[2].lower() == name.lower() else None
        case _:
            return None


class _OneForm(ast.NodeTransformer):
    def __init__(self, names: frozenset[str]) -> None:
        self.names = names

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        if _of_models(node):
            node.names = [a for a in node.names if a.asname is not None or a.name not in self.names]
        return node if node.names else ast.Expr(value=ast.Constant(value=None))

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        return ast.Expr(value=ast.Constant(value=None)) if _gotten(node) in self.names else node
