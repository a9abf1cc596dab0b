"""What SQLAlchemy 1 is asked in one way and SQLAlchemy 2 in another, in one spelling."""

from __future__ import annotations

import ast
from collections.abc import Callable
from copy import deepcopy

_METADATA = frozenset({"sqlalchemy.MetaData", "sqlalchemy.schema.MetaData"})
_TABLE = frozenset({"sqlalchemy.Table", "sqlalchemy.schema.Table"})


def as_inspected(call: ast.Call) -> None:
    """Change ``engine.table_names()`` of SQLAlchemy 1, and ``engine.has_table("a")``, into ``inspect(engine)``'s."""
    match call:
        case ast.Call(func=ast.Attribute(attr="table_names") as asked, args=[], keywords=[]):
            asked.attr = "get_table_names"
        case ast.Call(func=ast.Attribute(attr="has_table") as asked, args=[_], keywords=[]):
            pass
        case _:
            return
    bind = asked.value
    if not isinstance(bind, ast.Call) or ast.unparse(bind.func) != "sqlalchemy.inspect":
        inspect = ast.Name(id="sqlalchemy.inspect", ctx=ast.Load())
        asked.value = ast.Call(func=inspect, args=[bind], keywords=[])


def as_reflected(statement: ast.Assign) -> list[ast.stmt]:
    """``m = MetaData(b, reflect=True)`` of SQLAlchemy 1, names in full, as ``m = MetaData()`` and ``m.reflect(b)``."""
    match statement:
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.Call(func=made, args=given, keywords=named),
        ) if ast.unparse(made) in _METADATA:
            pass
        case _:
            return [statement]
    said = {k.arg: k.value for k in named}
    binds = [*given, *(v for k, v in said.items() if k == "bind")]
    match said.get("reflect"):
        case ast.Constant(value=True) if len(binds) == 1 and said.keys() <= {"bind", "reflect"}:
            asked = ast.Attribute(ast.Name(id=name, ctx=ast.Load()), "reflect", ast.Load())
            empty = ast.Assign(targets=statement.targets, value=ast.Call(made, [], []))
            reflect = ast.Expr(ast.Call(asked, binds, []))
            return [ast.copy_location(made, statement) for made in (empty, reflect)]
        case _:
            return [statement]


def unbound(function: ast.FunctionDef, full: Callable[[ast.expr], str]) -> None:
    """
    Hand what ``m = MetaData(bind=b)`` of SQLAlchemy 1 is bound to, in *function*, to whatever reflects by ``m``.

    So SQLAlchemy 2 has it: ``Table("a", m, autoload_with=b)`` and ``m.reflect(bind=b)``. *full* gives a
    dotted name as it was imported. Nothing is changed where ``m`` is used for anything else.
    """
    for statement in function.body:
        match statement:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(
                    args=[],
                    keywords=[ast.keyword(arg="bind", value=ast.Name() | ast.Call() as bind)],
                )
                | ast.Call(args=[ast.Name() | ast.Call() as bind], keywords=[]) as made,
            ) if full(made.func) in _METADATA:
                asked = _reflecting(function, name, full)
                if asked is not None:
                    made.args, made.keywords = [], []
                    for call, argument in asked:
                        given = ast.keyword(arg=argument, value=deepcopy(bind))
                        call.keywords = sorted([given, *call.keywords], key=lambda k: k.arg or "~")
            case _:
                pass


def _reflecting(
    function: ast.FunctionDef, name: str, full: Callable[[ast.expr], str]
) -> list[tuple[ast.Call, str]] | None:
    """The calls that reflect by the metadata *name*, and the argument for what they ask; None where others use it."""
    found: list[tuple[ast.Call, str]] = []
    known = 1  # where it is bound
    for node in ast.walk(function):
        match node:
            case ast.Call(func=asked, args=[_, ast.Name(id=given), *_], keywords=keywords) if (
                given == name and full(asked) in _TABLE
            ):
                said = {k.arg: k.value for k in keywords}
                if "autoload" not in said or "bind" in said or "autoload_with" in said:
                    return None
                found.append((node, "autoload_with"))
                known += 1
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=given), attr="reflect"), args=[], keywords=said
            ) if given == name and all(k.arg != "bind" for k in said):
                found.append((node, "bind"))
                known += 1
            case ast.Attribute(value=ast.Name(id=given), attr="tables") if given == name:
                known += 1
            case _:
                pass
    uses = sum(1 for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name)
    return found if uses == known else None
