"""What a call in a revision is about, by what it is called on and given, and where it stands."""

from __future__ import annotations

import ast

from analyzers.read.alembic.calls import Batch
from analyzers.read.alembic.dialects import dotted
from analyzers.read.alembic.evaluate import Scope, evaluate
from analyzers.read.values import Call, Value

_KEEPS_ALL = frozenset({".order_by", ".options"})


def is_set(value: Value) -> bool:
    """Whether *value* is a set, and no session that rows are added to; one of known items is these."""
    return isinstance(value, list | tuple) or (isinstance(value, Call) and value.func == "set")


def loads_table(value: Value) -> bool:
    """``session.query(Order).all()``: every row, whatever stands between but an order."""
    methods = []
    while isinstance(value, Call) and value.func.startswith(".") and value.args:
        methods.append(value.func)
        value = value.args[0]
    between = set(methods[1:-1]) if len(methods) > 1 else {""}
    return methods[:1] == [".all"] and methods[-1] == ".query" and between <= _KEEPS_ALL


def runs_sql(method: str, value: Call) -> bool:
    """``session.execute_sql(text("..."))``: a project's own way to run a statement, by its name and argument."""
    given = value.args[1] if len(value.args) > 1 else None
    if isinstance(given, Call) and given.func.rpartition(".")[2] == "text" and given.args:
        given = given.args[0]
    return "execute" in method and isinstance(given, str)


def is_enum(value: Call) -> bool:
    receiver = value.args[0] if value.func.startswith(".") and value.args else None
    return isinstance(receiver, Call) and receiver.func.rpartition(".")[2] in {"Enum", "ENUM"}


def own_table(value: Call) -> Call | None:
    """``sa.Table("orders", metadata, sa.Column(...)).create(op.get_bind())`` as ``create_table``; None for other calls."""
    made = value.args[0] if value.func in {".create", ".drop"} and value.args else None
    if not isinstance(made, Call) or made.func.rpartition(".")[2] != "Table":
        return None
    name, *members = made.args or (None,)
    read = made.get("autoload_with") is not None or made.get("autoload") is not None
    if not isinstance(name, str) or (read and value.func == ".create"):
        return None
    schema, checks = ("schema", made.get("schema")), value.get("checkfirst")
    if value.func == ".drop":
        return Call("drop_table", (name,), (schema, ("if_exists", checks)))
    # Flask-SQLAlchemy's own are given no metadata; all others have it first.
    first = members[0] if members else None
    bare = isinstance(first, Call) and first.func.rpartition(".")[2] == "Column"
    given = tuple(members if bare else members[1:])
    return Call("create_table", (name, *given), (schema, ("if_not_exists", checks)))


def is_table(value: Call) -> bool:
    return ".__table__" in dotted(value)


def batch_of(call: ast.expr, scope: Scope) -> Batch | None:
    value = evaluate(call, scope)
    if not isinstance(value, Call) or not value.func.endswith("op.batch_alter_table"):
        return None
    table = value.args[0] if value.args else value.get("table_name")
    schema = value.args[1] if len(value.args) > 1 else value.get("schema")
    recreate = value.get("recreate")
    return Batch(
        table=table if isinstance(table, str) else None,
        recreate=recreate if isinstance(recreate, str) else None,
        schema=schema if isinstance(schema, str) else None,
    )


def beginning(asked: ast.expr) -> str:
    """The constant text that a name put together at run time begins with."""
    match asked:
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod()):
            return text.partition("%")[0]
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Add()):
            return text
        case (
            ast.Constant(value=str(text))
            | ast.JoinedStr(values=[ast.Constant(value=str(text)), *_])
        ):
            return text
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            return text.partition("{")[0]
        case _:
            return ""


_ENTRIES = frozenset({"upgrade", "downgrade"})


def begin_with(text: str, scope: Scope) -> list[tuple[str, ast.FunctionDef]]:
    """The functions of the file whose names begin with *text*, in order, but for those that Alembic calls."""
    module = scope.holder("")
    names: dict[str, Value] = module.names if text else {}
    return [
        (name, found)
        for name, found in names.items()
        if name.startswith(text) and name not in _ENTRIES and isinstance(found, ast.FunctionDef)
    ]


def replace_batch(node: ast.Call, batch: Batch | None) -> ast.Call:
    """*node* as a call of a plain name, so that its arguments are evaluated alone."""
    if batch is None or not isinstance(node.func, ast.Attribute):
        return node
    return ast.copy_location(
        ast.Call(
            func=ast.copy_location(ast.Name(id=f" {node.func.attr}", ctx=ast.Load()), node.func),
            args=node.args,
            keywords=node.keywords,
        ),
        node,
    )
