"""The names of one file: which are a function's own, what imports bring, which code needs which."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from analyzers.relate.flow import by_flow

RESOLVED = "@"
"""Stands before the dotted path that an imported name was replaced by; no name can begin so."""

FIXED = frozenset({"locals", "vars", "eval", "exec", "globals"})
"""A function that calls one of these may look its variables up by name."""

_Comprehension = TypeVar(
    "_Comprehension", ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp
)


class Numbered(ast.NodeTransformer):
    """Local variables and parameters numbered in the order in which they are bound."""

    def __init__(self) -> None:
        self.scopes: list[dict[str, str]] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if not self.scopes:
            if not _renamable(node):
                return node
            by_flow(node)
        node.decorator_list = [self.visit(d) for d in node.decorator_list]
        self._defaults(node.args)
        if self.scopes:
            node.name = self._name(node.name)
        with_names = [*_parameters(node.args), *_bound(node.body)]
        self._enter(with_names)
        self._arguments(node.args)
        node.body = [self.visit(s) for s in node.body]
        self.scopes.pop()
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self._defaults(node.args)
        self._enter(_parameters(node.args))
        self._arguments(node.args)
        node.body = self.visit(node.body)
        self.scopes.pop()
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        return self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        return self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        return self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        return self._comprehension(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._name(node.id)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        self.generic_visit(node)
        node.name = self._name(node.name) if node.name else None
        return node

    def _comprehension(self, node: _Comprehension) -> _Comprehension:
        # The first source is evaluated outside.
        first = self.visit(node.generators[0].iter)
        self._enter(
            n.id
            for g in node.generators
            for n in ast.walk(g.target)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        )
        node.generators[0].iter = ast.Constant(value=None)
        self.generic_visit(node)
        node.generators[0].iter = first
        self.scopes.pop()
        return node

    def _enter(self, names: Iterable[str]) -> None:
        level = len(self.scopes)
        outer = self.scopes[-1] if self.scopes else {}
        own = {name: f"${level}.{n}" for n, name in enumerate(dict.fromkeys(names))}
        self.scopes.append({**outer, **own})

    def _name(self, name: str) -> str:
        return self.scopes[-1].get(name, name) if self.scopes else name

    def _defaults(self, arguments: ast.arguments) -> None:
        arguments.defaults = [self.visit(d) for d in arguments.defaults]
        arguments.kw_defaults = [self.visit(d) if d else None for d in arguments.kw_defaults]

    def _arguments(self, arguments: ast.arguments) -> None:
        for argument in _all_arguments(arguments):
            argument.arg = self._name(argument.arg)


def _all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    positional = [*arguments.posonlyargs, *arguments.args]
    more = [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
    # Keyword-only parameters are called by their names, which stay.
    return [*positional, *more]


def _parameters(arguments: ast.arguments) -> list[str]:
    return [a.arg for a in _all_arguments(arguments)]


def _bound(body: Sequence[ast.stmt]) -> Iterator[str]:
    """Names that statements bind in their own scope, in the order of the text."""
    for statement in body:
        yield from _bound_in(statement)


def _bound_in(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name):
            yield name
            return
        case ast.Lambda():
            return
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.ExceptHandler(name=str() as name):
            yield name
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return
        case _:
            pass
    for child in ast.iter_child_nodes(node):
        yield from _bound_in(child)


def _renamable(function: ast.FunctionDef) -> bool:
    """Nothing in it binds or finds names in a way that is not followed here."""
    for node in ast.walk(function):
        match node:
            case (
                ast.ClassDef()
                | ast.AsyncFunctionDef()
                | ast.Global()
                | ast.Nonlocal()
                | ast.Match()
                | ast.NamedExpr()
            ):
                return False
            case ast.Name(id=name) if name in FIXED:
                return False
            case _:
                pass
    imported = {
        alias.asname or alias.name.partition(".")[0]
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    return not imported.intersection(_bound(function.body))


class Resolved(ast.NodeTransformer):
    """Names that an import bound as the dotted path that they stand for; the imports themselves go."""

    def __init__(self, imports: dict[str, str]) -> None:
        self.imports = imports

    def visit_Name(self, node: ast.Name) -> ast.AST:
        full = self.imports.get(node.id)
        if full is not None:
            node.id = f"{RESOLVED}{full}"
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id.startswith(RESOLVED):
            return ast.Name(id=f"{node.value.id}.{node.attr}", ctx=node.ctx)
        return node

    def visit_Import(self, _node: ast.Import) -> None:
        return None

    def visit_ImportFrom(self, _node: ast.ImportFrom) -> None:
        return None


def imported(module: ast.Module, path: str = "") -> dict[str, str]:
    """
    Names that imports bind anywhere in *module* -> dotted paths.

    Relative ones are resolved against *path*; a name with two meanings is left out.
    """
    found: dict[str, str] = {}
    twice: set[str] = set()
    for node in ast.walk(module):
        pairs: list[tuple[str, str]] = []
        match node:
            case ast.Import(names=names):
                pairs = [
                    (a.asname, a.name) if a.asname else (a.name.partition(".")[0],) * 2
                    for a in names
                ]
            case ast.ImportFrom(module=source, names=names, level=level):
                prefix = _package(path, level) + (source or "")
                joint = "" if not prefix or prefix.endswith(".") else "."
                pairs = [
                    (a.asname or a.name, f"{prefix}{joint}{a.name}") for a in names if a.name != "*"
                ]
            case _:
                pass
        for name, full in pairs:
            if found.setdefault(name, full) != full:
                twice.add(name)
    return {name: full for name, full in found.items() if name not in twice}


def _package(path: str, level: int) -> str:
    """The dotted folder that *level* dots mean in the file at *path*, with a dot at the end."""
    folders = path.split("/")[:-1]
    if not level:
        return ""
    if not path or level > len(folders):
        return "." * level
    kept = folders[: len(folders) - level + 1]
    return "".join(f"{part}." for part in kept)


def needed(module: ast.Module, roots: frozenset[str]) -> list[ast.stmt]:
    """
    The statements of *module* that *roots* run, in the order of the file.

    Those that do more than bind a name run whenever the file is imported. All of
    them where no root is bound in the file.
    """
    binding: dict[str, list[int]] = {}
    kept: set[int] = set()
    for position, statement in enumerate(module.body):
        names = plainly_bound(statement)
        if names is None:
            kept.add(position)
        for name in names or ():
            binding.setdefault(name, []).append(position)
    if not roots.intersection(binding):
        return module.body
    waiting = [*kept, *(p for r in roots for p in binding.get(r, ()))]
    kept.clear()
    while waiting:
        position = waiting.pop()
        if position in kept:
            continue
        kept.add(position)
        for node in ast.walk(module.body[position]):
            if isinstance(node, ast.Name):
                if node.id in FIXED:
                    return module.body
                waiting += binding.get(node.id, ())
    return [s for n, s in enumerate(module.body) if n in kept]


def plainly_bound(statement: ast.stmt) -> tuple[str, ...] | None:
    """The names that it binds and does nothing else; None where it may do more."""
    match statement:
        case ast.FunctionDef(decorator_list=[*_, ast.Call(func=ast.Name(id="receiver"))]):
            # Called by whoever sends the signal.
            return None
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
            return (name,)
        case ast.Assign(targets=targets) if all(isinstance(t, ast.Name) for t in targets):
            return tuple(t.id for t in targets if isinstance(t, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.AugAssign(target=ast.Name(id=name)):
            return (name,)
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return tuple(a.asname or a.name.partition(".")[0] for a in names)
        case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            return ()
        case ast.Expr(value=ast.Constant()):
            return ()
        case _:
            return None


def bound_at_top(body: Iterable[ast.stmt]) -> Iterator[str]:
    """Every name that *body*, the top of a module, binds in whatever way, each time."""
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
                continue
            case ast.ClassDef(name=name):
                yield name
                continue
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.alias(name=full, asname=asname):
                yield asname or full.partition(".")[0]
            case ast.Lambda():
                continue
            case _:
                pass
        waiting.extend(ast.iter_child_nodes(node))


def binds(module: ast.Module, name: str) -> bool:
    """*module* binds *name* at its top level, or may by ``import *``."""
    for statement in module.body:
        for node in (statement, *ast.iter_child_nodes(statement)):
            match node:
                case ast.FunctionDef(name=found) | ast.ClassDef(name=found):
                    pass
                case ast.AsyncFunctionDef(name=found) | ast.Name(id=found, ctx=ast.Store()):
                    pass
                case ast.alias(name="*"):
                    return True
                case ast.alias(name=full, asname=asname):
                    found = asname or full.partition(".")[0]
                case _:
                    continue
            if found == name:
                return True
    return any(isinstance(s, ast.If | ast.Try | ast.With | ast.For) for s in module.body) and any(
        isinstance(n, ast.Name | ast.FunctionDef | ast.ClassDef)
        and (n.id if isinstance(n, ast.Name) else n.name) == name
        for n in ast.walk(module)
    )


def name_of(statement: ast.stmt) -> str | None:
    """The name that *statement* alone binds, or adds to."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case ast.AugAssign(target=ast.Name(id=name)):
            return name
        case _:
            return None
