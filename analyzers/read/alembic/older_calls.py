"""What SQLAlchemy 1 is asked in one way and SQLAlchemy 2 in another, in one spelling."""

from __future__ import annotations

import ast


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
        ) if ast.unparse(made) in {"sqlalchemy.MetaData", "sqlalchemy.schema.MetaData"}:
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
