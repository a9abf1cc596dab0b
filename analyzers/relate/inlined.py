"""Values put where their names stand, so that giving a value a name is no edit."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator

KEPT = frozenset(
    {
        "dependencies",
        "operations",
        "replaces",
        "run_before",
        "initial",
        "atomic",
        "revision",
        "down_revision",
        "branch_labels",
        "depends_on",
    }
)
"""What the frameworks look up by name."""


def inline(module: ast.Module, asked: frozenset[str]) -> None:
    """
    Put values that have a name at the top of *module*, or of its migration, where they are used.

    A constant goes wherever its name stands; anything else where its name stands
    once and is looked up when the file is imported. Keywords that are given as a
    literal dictionary become plain ones, in each of the calls that are given it.
    The names that are *asked* for stay.
    """
    bodies = [module.body]
    bodies += [s.body for s in module.body if isinstance(s, ast.ClassDef) and s.name == "Migration"]
    for body in bodies:
        _fill(body)
    # Most files name nothing but what the frameworks look up, and some are long.
    if any(_named(statement, asked) for body in bodies for statement in body):
        _inline(module, bodies, asked)
    _Keywords().visit(module)


def _named(statement: ast.stmt, asked: frozenset[str]) -> bool:
    """Whether *statement* gives a value a name that nobody looks up."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name not in KEPT | asked
        case _:
            return False


def _inline(module: ast.Module, bodies: list[list[ast.stmt]], asked: frozenset[str]) -> None:
    bound = Counter(bindings(module))
    uses = Counter(n.id for n in ast.walk(module) if isinstance(n, ast.Name))
    imported = tuple(_at_import(module))
    early = Counter(n.id for n in imported if isinstance(n, ast.Name))
    spread = Counter(
        n.value.id
        for n in imported
        if isinstance(n, ast.keyword) and n.arg is None and isinstance(n.value, ast.Name)
    )
    put = _Put()
    for body in bodies:
        kept: list[ast.stmt] = []
        for statement in body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if (
                    name not in KEPT | asked
                    and bound[name] == 1
                    # Once where it is bound; what no code of the file uses, others may look up.
                    and uses[name] > 1
                    and (
                        isinstance(value, ast.Constant)
                        or uses[name] == early[name] == 2
                        # Whoever is given its items cannot change it.
                        or (uses[name] == 1 + spread[name] and _plain(value, bound))
                    )
                ):
                    put.values[name] = put.visit(value)
                case _:
                    kept.append(statement)
        body[:] = kept
    put.visit(module)


def _plain(value: ast.expr, bound: Counter[str]) -> bool:
    """A dictionary of constants and of names that are bound once: the same whenever it is made."""
    return isinstance(value, ast.Dict) and all(
        bound[n.id] <= 1
        if isinstance(n, ast.Name)
        else isinstance(n, ast.Dict | ast.Constant | ast.Attribute | ast.expr_context)
        for n in ast.walk(value)
    )


def _fill(body: list[ast.stmt]) -> None:
    """Items that a dictionary gets right after it is made, in the dictionary itself."""
    made: tuple[str, ast.Dict, set[str]] | None = None
    kept: list[ast.stmt] = []
    for statement in body:
        match statement:
            case ast.Assign(
                targets=[
                    ast.Subscript(
                        value=ast.Name(id=name), slice=ast.Constant(value=str(text)) as key
                    )
                ],
                value=value,
            ) if made is not None and made[0] == name and text not in made[2]:
                made[1].keys.append(key)
                made[1].values.append(value)
                made[2].add(text)
                continue
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(keys=keys) as dictionary):
                texts = {k.value for k in keys if isinstance(k, ast.Constant)}
                known = len(texts) == len(keys) and all(isinstance(t, str) for t in texts)
                made = (name, dictionary, {str(t) for t in texts}) if known else None
            case _:
                made = None
        kept.append(statement)
    body[:] = kept


def bindings(module: ast.AST) -> Iterator[str]:
    """The names that *module* binds, each time; those that are declared to be elsewhere's twice."""
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)):
                yield name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case ast.MatchMapping(rest=str(name)):
                yield name
            case ast.alias(name=full, asname=asname):
                yield asname or full.partition(".")[0]
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                yield from [*names, *names]
            case _:
                pass


_LATER = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.Lambda,
    ast.For,
    ast.While,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)
"""What runs later than the file is imported, or several times."""


def _at_import(node: ast.AST) -> Iterator[ast.AST]:
    """*node* and what is below it and runs once, when the file is imported; in no order."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += (c for c in ast.iter_child_nodes(one) if not isinstance(c, _LATER))


class _Put(ast.NodeTransformer):
    def __init__(self) -> None:
        self.values: dict[str, ast.expr] = {}

    def visit_Name(self, node: ast.Name) -> ast.AST:
        match self.values.get(node.id):
            case ast.Constant(value=value):
                return ast.Constant(value=value)
            case None:
                return node
            case other:
                return copy.deepcopy(other)


class _Keywords(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        keywords: list[ast.keyword] = []
        for keyword in node.keywords:
            match keyword:
                case ast.keyword(arg=None, value=ast.Dict(keys=keys, values=values)) if all(
                    isinstance(k, ast.Constant) and isinstance(k.value, str) for k in keys
                ):
                    keywords += [
                        ast.keyword(arg=str(k.value), value=v)
                        for k, v in zip(keys, values, strict=True)
                        if isinstance(k, ast.Constant)
                    ]
                case _:
                    keywords.append(keyword)
        node.keywords = keywords
        return node
