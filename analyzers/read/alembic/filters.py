"""What an ``env.py`` leaves out of autogenerate: the functions given as ``include_object`` and ``include_name``."""

from __future__ import annotations

import ast

_KINDS = frozenset(
    {"schema", "table", "column", "index", "unique_constraint", "foreign_key_constraint"}
)


def of_tables_alone(given: ast.expr, module: ast.Module) -> bool:
    """
    Whether the filter *given* (a function of *module*) says nothing of indexes.

    So it is where each of its conditions asks for another kind of object, or for one name,
    and all else is taken in. Whatever is written otherwise may leave out anything.
    """
    if not isinstance(given, ast.Name):
        return False
    function = next(
        (n for n in ast.walk(module) if isinstance(n, ast.FunctionDef) and n.name == given.id),
        None,
    )
    return function is not None and _passes(function.body)


def _passes(body: list[ast.stmt]) -> bool:
    """Whether an index comes through *body* with True."""
    for statement in body:
        match statement:
            case ast.Expr(value=ast.Constant()):
                continue
            case ast.If(test=test) if _of_another_kind(test):
                if statement.orelse:
                    return _passes(statement.orelse)
            case ast.If(test=test) if _of_one_name(test):
                continue
            case ast.Return(value=ast.Constant(value=True)):
                return True
            case ast.Return(value=ast.UnaryOp(op=ast.Not(), operand=operand)):
                return _of_another_kind(operand)
            case _:
                return False
    return False


def _of_another_kind(test: ast.expr) -> bool:
    """Whether *test* is false for every index: it asks for an object of another kind."""
    match test:
        case ast.BoolOp(op=ast.And(), values=values):
            return any(map(_of_another_kind, values))
        case ast.Compare(
            left=ast.Name(id="type_" | "type"),
            ops=[ast.Eq()],
            comparators=[ast.Constant(value=str(kind))],
        ):
            return kind in _KINDS - {"index"}
        case ast.Compare(
            left=ast.Name(id="type_" | "type"),
            ops=[ast.In()],
            comparators=[ast.Tuple(elts=kinds) | ast.List(elts=kinds) | ast.Set(elts=kinds)],
        ):
            said = {kind.value for kind in kinds if isinstance(kind, ast.Constant)}
            return len(said) == len(kinds) and "index" not in said
        case _:
            return False


def _of_one_name(test: ast.expr) -> bool:
    match test:
        case ast.Compare(
            left=ast.Name(id="name"), ops=[ast.Eq()], comparators=[ast.Constant(value=str())]
        ):
            return True
        case _:
            return False
