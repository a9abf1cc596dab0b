"""What SQLAlchemy 1 is asked in one way and SQLAlchemy 2 in another, in one spelling."""

from __future__ import annotations

import ast
from collections import Counter
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
    dotted name as it was imported. Nothing is changed where ``m`` or its tables are used for anything
    that asks what they are bound to.
    """
    bound: dict[str, tuple[ast.Call, ast.expr]] = {}
    for statement in function.body:
        match statement:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(args=[], keywords=[ast.keyword(arg="bind", value=bind)])
                | ast.Call(args=[bind], keywords=[]) as made,
            ) if _plain(bind) and full(made.func) in _METADATA:
                bound[name] = (made, bind)
            case _:
                pass
    if not bound:
        return
    stored = Counter(
        n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    )
    uses = Counter(n.id for n in ast.walk(function) if isinstance(n, ast.Name))
    reflecting = _reflecting(function, full)
    if reflecting is None:
        return
    for name, (made, bind) in bound.items():
        asked, known = reflecting.get(name, ([], 0))
        again = isinstance(bind, ast.Name) and stored[bind.id] > 1
        if again or stored[name] != 1 or uses[name] != known + 1:
            continue
        made.args, made.keywords = [], []
        for call, argument in asked:
            given = ast.keyword(arg=argument, value=deepcopy(bind))
            call.keywords = sorted([given, *call.keywords], key=lambda k: k.arg or "~")


def as_told_once(function: ast.FunctionDef) -> None:
    """Change ``m.reflect(bind=b)`` after ``m.bind = b`` in *function* into the ``m.reflect()`` of SQLAlchemy 1."""
    told: dict[str, ast.expr] = {}
    for statement in function.body:
        match statement:
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Name(id=name), attr="bind")], value=bind
            ) if _plain(bind):
                told[name] = bind
            case _:
                pass
    if not told:
        return
    stored = Counter(
        ast.unparse(n)
        for n in ast.walk(function)
        if isinstance(n, ast.Name | ast.Attribute) and isinstance(n.ctx, ast.Store)
    )
    for node in ast.walk(function):
        match node:
            case (
                ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr="reflect"),
                    args=[bind],
                    keywords=[],
                )
                | ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr="reflect"),
                    args=[],
                    keywords=[ast.keyword(arg="bind", value=bind)],
                )
            ) if name in told and ast.unparse(bind) in {f"{name}.bind", ast.unparse(told[name])}:
                names = (name, f"{name}.bind", ast.unparse(told[name]))
                if all(stored[each] <= 1 for each in names):
                    node.args, node.keywords = [], []
            case _:
                pass


def _plain(bind: ast.expr) -> bool:
    """Whether *bind* is a name, or asks for it without more ado: ``op.get_bind()``."""
    match bind:
        case (
            ast.Name()
            | ast.Call(func=ast.Name() | ast.Attribute(value=ast.Name()), args=[], keywords=[])
        ):
            return True
        case _:
            return False


_Reflecting = dict[str, tuple[list[tuple[ast.Call, str]], int]]
"""By the metadata's name the calls that reflect by it, each with the argument for what they ask, and how often it is used so."""


def _reflecting(function: ast.FunctionDef, full: Callable[[ast.expr], str]) -> _Reflecting | None:
    """None where a table may be made or dropped, or a statement run, by what the metadata is bound to."""
    found: _Reflecting = {}

    def add(name: str, *asked: tuple[ast.Call, str]) -> None:
        calls, known = found.get(name, ([], 0))
        found[name] = ([*calls, *asked], known + 1)

    for node in ast.walk(function):
        match node:
            case ast.Call(func=asked, args=[_, ast.Name(id=name), *_], keywords=keywords) if (
                full(asked) in _TABLE
            ):
                said = {k.arg for k in keywords}
                if "autoload" in said and said.isdisjoint({"bind", "autoload_with"}):
                    add(name, (node, "autoload_with"))
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="reflect"), args=[], keywords=said
            ) if all(k.arg != "bind" for k in said):
                add(name, (node, "bind"))
            case ast.Attribute(value=ast.Name(id=name), attr="tables"):
                add(name)
            case ast.Call(
                func=ast.Attribute(attr="drop" | "create" | "exists" | "execute"), args=[]
            ):
                return None
            case _:
                pass
    return found
