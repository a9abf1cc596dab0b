"""What SQLAlchemy 1 is asked in one way and SQLAlchemy 2 in another, in one spelling."""

from __future__ import annotations

import ast

_LOADING = frozenset(
    f"sqlalchemy.orm.{name}"
    for name in (
        *("load_only", "defer", "undefer", "joinedload", "selectinload", "subqueryload"),
        *("lazyload", "immediateload"),
    )
)


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


def without_loading(call: ast.Call) -> ast.expr:
    """``query.options(load_only(A.b))``, names in full, as the *query*: which columns are read with it changes no row."""
    match call:
        case ast.Call(func=ast.Attribute(value=query, attr="options"), args=[_, *_], keywords=[]):
            listed = (a.elts if isinstance(a, ast.List | ast.Tuple) else [a] for a in call.args)
            if all(_loads(each) for some in listed for each in some):
                return query
        case _:
            pass
    return call


def _loads(option: ast.expr) -> bool:
    """Whether *option* is one that says how what is asked for is read, or several that follow on each other."""
    while isinstance(option, ast.Call):
        if ast.unparse(option.func) in _LOADING:
            return True
        option = option.func.value if isinstance(option.func, ast.Attribute) else option.func
    return False
