"""Methods of a helper's classes that are called by name alone, and that nobody who runs the class names."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from analyzers.read.sources import parse
from analyzers.relate.scopes import imported


def without_unnamed(content: bytes, path: str, askers: Iterable[bytes]) -> bytes:
    """
    The file *content* at *path* without the class and static methods that neither it nor *askers* name.

    Django calls an operation's other methods itself. The same bytes where there is none.
    """
    module = parse(content)
    if not isinstance(module, ast.Module):
        return content
    try:
        methods = [method for cls in _closed(module, path) for method in _by_name(cls)]
        if not methods:
            return content
        waiting: dict[str, list[ast.FunctionDef]] = {}
        for method in methods:
            waiting.setdefault(method.name, []).append(method)
        named = [name for asker in askers for name in _names(parse(asker))]
        named += _names(module, without=methods)
        while named:
            for method in waiting.pop(named.pop(), ()):
                named += _names(method)
        if not waiting:
            return content
        _Without([method for same in waiting.values() for method in same]).visit(module)
        return ast.unparse(ast.fix_missing_locations(module)).encode("utf-8", "surrogateescape")
    except (RecursionError, ValueError):
        return content


def _closed(module: ast.Module, path: str) -> Iterator[ast.ClassDef]:
    """The classes at the top of *module* of which every base is Django's: no other one calls their methods."""
    outside = imported(module, path)
    for statement in module.body:
        if isinstance(statement, ast.ClassDef) and not statement.keywords:
            roots = [ast.unparse(base).partition(".")[0] for base in statement.bases]
            if all(outside.get(root, "").partition(".")[0] == "django" for root in roots):
                yield statement


def _by_name(cls: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    """The methods of *cls* that only who names them calls."""
    for statement in cls.body:
        match statement:
            case ast.FunctionDef(decorator_list=[ast.Name(id="classmethod" | "staticmethod")]):
                if not statement.name.startswith("__"):
                    yield statement
            case _:
                pass


def _names(tree: object, without: Iterable[ast.AST] = ()) -> Iterator[str]:
    """All that may be the name of a method in *tree*; of those *without*, nothing."""
    passed = {id(node) for node in without}
    todo = [tree] if isinstance(tree, ast.AST) else []
    while todo:
        node = todo.pop()
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name) | ast.Constant(value=str(name)):
                yield name
            case _:
                pass
        todo.extend(n for n in ast.iter_child_nodes(node) if id(n) not in passed)


class _Without(ast.NodeTransformer):
    def __init__(self, gone: list[ast.FunctionDef]) -> None:
        self._gone = {id(method) for method in gone}

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = [s for s in node.body if id(s) not in self._gone] or [ast.Pass()]
        return node
