"""Keys of mappings that are no names of columns: of what is sent, received, answered."""

from __future__ import annotations

import ast
from collections.abc import Callable

_HANDED = frozenset({None, "defaults", "create_defaults"})
"""Keywords by which a query is given a mapping's entries; None is ``**``."""


_GIVEN_WHOLE = frozenset(
    {"execute", "executemany", "insert", "update", "values"}
    | {"bulk_insert_mappings", "bulk_update_mappings"}
)


def of_dictionaries(module: ast.Module) -> frozenset[ast.AST]:
    """Keywords of ``dict(...)``: keys of a mapping, unless it is handed on to a query at once."""
    made: list[ast.Call] = []
    handed: set[ast.AST] = set()
    for node in ast.walk(module):
        match node:
            case ast.Call(func=ast.Name(id="dict")):
                made.append(node)
            case ast.keyword(arg=arg, value=value) if arg in _HANDED:
                handed.add(value)
            case _:
                pass
    return frozenset(k for call in made if call not in handed for k in call.keywords)


def of_parts(module: ast.Module) -> frozenset[ast.AST]:
    """Texts that are no names by themselves: pieces of an f-string, and what another model's rows are asked to hold."""
    found: list[ast.AST] = []
    for node in ast.walk(module):
        match node:
            case ast.JoinedStr(values=values):
                found += values
            case ast.keyword(arg="limit_choices_to", value=ast.Dict(values=values)):
                found += values
            case _:
                pass
    return frozenset(found)


def of_answers(module: ast.Module) -> frozenset[ast.AST]:
    """Keys of mappings that functions put together, where neither they nor who calls them hand one on to a query."""
    handed: set[str] = set()
    functions: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
    for node in ast.walk(module):
        match node:
            case ast.keyword(arg=arg, value=ast.Call(func=func)) if arg in _HANDED:
                handed.add(ast.unparse(func).rpartition(".")[2])
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                functions.append(node)
            case _:
                pass
    found: list[ast.AST] = []
    for function in functions:
        inner = list(ast.walk(function))
        if function.name in handed or any(_asks(n) for n in inner):
            continue
        found += (k for n in inner if isinstance(n, ast.Dict) for k in n.keys if k is not None)
    return frozenset(found)


def of_constants(module: ast.Module, elsewhere: Callable[[str], bool]) -> frozenset[ast.AST]:
    """
    Keys of mappings that the top of *module* names and only its functions say, where none hands a mapping on.

    *elsewhere* tells whether other files say a name.
    """
    named = {
        statement.targets[0].id: statement.value
        for statement in module.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and isinstance(statement.value, ast.Dict)
    }
    if not named:
        return frozenset()
    handing = {
        n.id
        for statement in module.body
        if any(_sets(n) or (_asks(n) and not _joins(n)) for n in ast.walk(statement))
        for n in ast.walk(statement)
        if isinstance(n, ast.Name)
    }
    handing |= {
        given.id
        for call in ast.walk(module)
        if isinstance(call, ast.Call) and not _joins(call)
        for given in (*call.args, *(k.value for k in call.keywords))
        if isinstance(given, ast.Name)
    }
    return frozenset(
        key
        for name, mapping in named.items()
        if name not in handing and not elsewhere(name)
        for key in mapping.keys
        if key is not None
    )


def of_memberships(module: ast.Module, elsewhere: Callable[[str], bool]) -> frozenset[ast.AST]:
    """
    Texts of a list or set that the top of *module* names and that is only asked what is in it.

    Not where a function that asks so reaches for attributes by their names, or hands a mapping on
    to a query. *elsewhere* tells whether other files say a name.
    """
    named: dict[str, frozenset[ast.AST]] = {}
    for statement in module.body:
        match statement:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=(ast.Set(elts=items) | ast.List(elts=items) | ast.Tuple(elts=items))
                | ast.Call(
                    func=ast.Name(id="frozenset" | "set"),
                    args=[ast.Set(elts=items) | ast.List(elts=items) | ast.Tuple(elts=items)],
                ),
            ):
                named[name] = frozenset(items)
            case _:
                pass
    for statement in module.body if named else ():
        inner = list(ast.walk(statement))
        asked = {
            other
            for n in inner
            if isinstance(n, ast.Compare)
            for operator, other in zip(n.ops, n.comparators, strict=True)
            if isinstance(operator, ast.In | ast.NotIn)
        }
        reaches = any(_sets(n) or _asks(n) for n in inner)
        for n in inner:
            loaded = isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
            if isinstance(n, ast.Name) and loaded and (reaches or n not in asked):
                named.pop(n.id, None)
    return frozenset(item for name, items in named.items() if not elsewhere(name) for item in items)


def _sets(node: ast.AST) -> bool:
    """Whether *node* asks an object for an attribute by a text, or gives it one."""
    return isinstance(node, ast.Name) and node.id in {"getattr", "setattr", "hasattr", "attrgetter"}


def _joins(node: ast.AST) -> bool:
    """Whether *node* puts one mapping into another that has a name."""
    return isinstance(node, ast.Call) and (
        isinstance(node.func, ast.Attribute)
        and node.func.attr == "update"
        and isinstance(node.func.value, ast.Name)
    )


def _asks(node: ast.AST) -> bool:
    """Whether *node* hands entries of a mapping on to a query, or may: SQLAlchemy's calls are given it whole."""
    match node:
        case ast.keyword(arg=arg):
            return arg in _HANDED
        case ast.Call(func=ast.Attribute(attr="insert"), args=[_, _]):
            return False  # a list's, which is told where
        case ast.Call(func=ast.Attribute(attr=name), args=[_, *_]):
            return name in _GIVEN_WHOLE
        case _:
            return False


def of_data(module: ast.Module) -> frozenset[ast.AST]:
    """Keys of mappings that are made or read: what is sent and received may keep a field's old name."""
    handed = {
        node.value
        for node in ast.walk(module)
        if isinstance(node, ast.keyword) and node.arg in _HANDED
    }
    found: list[ast.AST] = []
    for node in ast.walk(module):
        match node:
            case ast.Dict(keys=keys) if node not in handed:
                found += [key for key in keys if key is not None]
            case ast.Subscript(slice=ast.Constant() as key):
                found.append(key)
            case ast.Call(func=ast.Attribute(attr="get" | "pop" | "setdefault"), args=[key, *_]):
                found.append(key)
            case _:
                pass
    return frozenset(found)
