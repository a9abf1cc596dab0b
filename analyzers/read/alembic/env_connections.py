"""Whether the connection that an ``env.py`` makes commits each statement by itself: its isolation level."""

from __future__ import annotations

import ast

_BY_OPTIONS = frozenset({"engine_from_config", "async_engine_from_config"})
_MADE = frozenset({"create_engine", "create_async_engine"}) | _BY_OPTIONS
LEVEL = "AUTOCOMMIT"


def commits_each_statement(module: ast.Module) -> bool:
    """Whether every engine that is made here, or the connection that is taken of it, is told so."""
    engines = [call for call in _calls(module) if _name(call) in _MADE]
    if engines and all(map(_told, engines)):
        return True
    kept = _kept(module)
    return any(
        _name(call) == "execution_options" and id(call) in kept and _told(call)
        for call in _calls(module)
    )


def takes_options(module: ast.Module) -> bool:
    """Whether every engine that is made here is made of the options that begin with ``sqlalchemy.``."""
    engines = [call for call in _calls(module) if _name(call) in _MADE]
    return bool(engines) and all(
        _name(call) in _BY_OPTIONS and _by_prefix(call) for call in engines
    )


def _calls(module: ast.Module) -> list[ast.Call]:
    return [node for node in ast.walk(module) if isinstance(node, ast.Call)]


def _name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _by_prefix(call: ast.Call) -> bool:
    given = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "prefix")]
    said = {k.arg for k in call.keywords}
    return "isolation_level" not in said and all(
        isinstance(each, ast.Constant) and each.value == "sqlalchemy." for each in given
    )


def _told(call: ast.Call) -> bool:
    """``isolation_level="AUTOCOMMIT"``, or the same in the dictionary ``execution_options``."""
    for keyword in call.keywords:
        match keyword:
            case ast.keyword(arg="isolation_level", value=ast.Constant(value=level)):
                return level == LEVEL
            case ast.keyword(arg="execution_options", value=ast.Dict(keys=keys, values=values)):
                for key, value in zip(keys, values, strict=True):
                    match key, value:
                        case ast.Constant(value="isolation_level"), ast.Constant(value=level):
                            return level == LEVEL
                        case _:
                            pass
            case _:
                pass
    return False


def _kept(module: ast.Module) -> set[int]:
    """
    The calls whose connection is the one that goes on.

    An engine is not changed by being asked for another one with these options.
    """
    connections: set[str] = set()
    found: set[int] = set()
    alone: list[tuple[str, ast.Call]] = []
    for node in ast.walk(module):
        match node:
            case ast.withitem(context_expr=made, optional_vars=ast.Name(id=name)):
                found |= _chain(made)
                connections.add(name)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as made):
                found |= _chain(made)
                if _name(made) == "connect":
                    connections.add(name)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name))) as call):
                alone.append((name, call))
            case _:
                pass
    return found | {id(call) for name, call in alone if name in connections}


def _chain(made: ast.expr) -> set[int]:
    """*made* and the calls that it is called on: ``engine.connect().execution_options(...)``."""
    found: set[int] = set()
    rest: ast.expr = made.value if isinstance(made, ast.Await) else made
    while isinstance(rest, ast.Call) and isinstance(rest.func, ast.Attribute):
        found.add(id(rest))
        rest = rest.func.value
    return found
