"""Constants that a migration imports from its repository, as the values that they have there."""

from __future__ import annotations

import ast

from analyzers.read.sources import Unparsed, parse
from analyzers.relate.scopes import imported
from analyzers.trees import Tree


def with_constants(tree: Tree, content: bytes, path: str) -> bytes:
    """
    The file *content* at *path* with imported constants of *tree* as plain ones of its own.

    The same bytes where it imports none.
    """
    module = parse(content)
    if isinstance(module, Unparsed):
        return content
    dotted = imported(module, path)
    modules = _Modules(tree)
    body: list[ast.stmt] = []
    found = False
    for statement in module.body:
        if not isinstance(statement, ast.ImportFrom):
            body.append(statement)
            continue
        kept = []
        for alias in statement.names:
            name = alias.asname or alias.name
            value = modules.constant(dotted.get(name, ""))
            if value is None:
                kept.append(alias)
            else:
                found = True
                body.append(ast.Assign(targets=[ast.Name(id=name, ctx=ast.Store())], value=value))
        if kept:
            body.append(ast.ImportFrom(module=statement.module, names=kept, level=statement.level))
    if not found:
        return content
    made = ast.Module(body=body, type_ignores=[])
    try:
        return ast.unparse(ast.fix_missing_locations(made)).encode("utf-8", "surrogateescape")
    except (RecursionError, ValueError):
        return content


THROUGH = 3
"""Modules that may hand a constant on before it comes to the one that imports it."""


class _Modules:
    """Modules of one tree by their dotted names, parsed once."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._parsed: dict[str, dict[str, ast.expr | str]] = {}

    def constant(self, dotted: str) -> ast.expr | None:
        """The constant that the repository's module binds, once, to what *dotted* names, or imports."""
        for _ in range(THROUGH):
            module, _, name = dotted.rpartition(".")
            if not module or module.startswith(("django.", ".")):
                return None
            if module not in self._parsed:
                self._parsed[module] = self._constants(module.replace(".", "/"))
            found = self._parsed[module].get(name)
            if not isinstance(found, str):
                return found
            dotted = found
        return None

    def _constants(self, module: str) -> dict[str, ast.expr | str]:
        """By name the constant, or the dotted path that the name is imported from."""
        endings = (f"{module}.py", f"{module}/__init__.py")
        paths = [
            p
            for p in self.tree.paths()
            if p in endings or p.endswith(tuple(f"/{e}" for e in endings))
        ]
        parsed = parse(self.tree.read(paths[0])) if len(paths) == 1 else None
        if not isinstance(parsed, ast.Module):
            return {}
        bound: dict[str, int] = {}
        for node in ast.walk(parsed):
            match node:
                case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                    pass
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    pass
                case ast.alias(name="*"):
                    # It may bind anything.
                    return {}
                case ast.alias(name=full, asname=asname):
                    name = asname or full.partition(".")[0]
                case _:
                    continue
            bound[name] = bound.get(name, 0) + 1
        constants: dict[str, ast.expr | str] = {
            s.targets[0].id: s.value
            for s in parsed.body
            if isinstance(s, ast.Assign)
            and len(s.targets) == 1
            and isinstance(s.targets[0], ast.Name)
            and bound[s.targets[0].id] == 1
            and isinstance(s.value, ast.Constant)
        }
        brought = imported(parsed, paths[0])
        return {name: path for name, path in brought.items() if bound[name] == 1} | constants
