"""One spelling for what linters write in another way: branches, conditions, errors that are passed over."""

from __future__ import annotations

import ast

from analyzers.read.last_names import last_name

SUPPRESS = "contextlib.suppress"

_NAMES_OF_DATABASES = ("connection.alias", "connection.vendor", "dialect.name")


def without_ignored(module: ast.Module) -> None:
    """Take away what does nothing but speak to django-migration-linter, ``IgnoreMigration()``."""
    for node in ast.walk(module):
        if isinstance(node, ast.List):
            node.elts = [e for e in node.elts if not _ignores(e)]


def _ignores(operation: ast.expr) -> bool:
    match operation:
        case ast.Call(func=func, args=[], keywords=[]):
            return last_name(func) == "IgnoreMigration"
        case _:
            return False


def joined(node: ast.If) -> ast.stmt:
    """``if a: if b: ...`` as ``if a and b: ...``, and two ways of binding one name as one."""
    match node:
        case ast.If(test=test, body=[ast.If(test=inner, body=body, orelse=[])], orelse=[]):
            both = together(ast.BoolOp(op=ast.And(), values=[test, inner]))
            return ast.If(test=both, body=body, orelse=[])
        case ast.If(
            test=test,
            body=[ast.Assign(targets=[ast.Name(id=one) as target], value=value)],
            orelse=[ast.Assign(targets=[ast.Name(id=other)], value=otherwise)],
        ) if one == other:
            chosen = ast.IfExp(test=test, body=value, orelse=otherwise)
            return ast.Assign(targets=[target], value=chosen)
        case _:
            return node


def together(node: ast.BoolOp) -> ast.BoolOp:
    """``a and (b and c)`` as ``a and b and c``."""
    values: list[ast.expr] = []
    for value in node.values:
        match value:
            case ast.BoolOp(op=op, values=inner) if type(op) is type(node.op):
                values += inner
            case _:
                values.append(value)
    return ast.BoolOp(op=node.op, values=values)


def denied(node: ast.UnaryOp) -> ast.expr:
    """``not a in b`` as ``a not in b``; ``not a == b`` as ``a != b`` where *a* is a database's name, no column."""
    match node:
        case ast.UnaryOp(
            op=ast.Not(), operand=ast.Compare(left=left, ops=[ast.In()], comparators=[right])
        ):
            return ast.Compare(left=left, ops=[ast.NotIn()], comparators=[right])
        case ast.UnaryOp(
            op=ast.Not(), operand=ast.Compare(left=left, ops=[ast.Is()], comparators=[right])
        ):
            return ast.Compare(left=left, ops=[ast.IsNot()], comparators=[right])
        case ast.UnaryOp(
            op=ast.Not(),
            operand=ast.Compare(left=ast.Attribute() as left, ops=[ast.Eq()], comparators=[right]),
        ) if ast.unparse(left).endswith(_NAMES_OF_DATABASES):
            return ast.Compare(left=left, ops=[ast.NotEq()], comparators=[right])
        case _:
            return node


def any_error(node: ast.ExceptHandler) -> ast.ExceptHandler:
    """``except:`` as ``except Exception:``: they differ in what stops the whole program alone."""
    if node.type is None and node.name is None:
        node.type = ast.Name(id="Exception", ctx=ast.Load())
    return node


def passed_over(node: ast.With, suppress: str) -> ast.stmt:
    """``with suppress(A): ...`` as ``try`` that passes over A; *suppress* is the name that it has here."""
    match node:
        case ast.With(
            items=[
                ast.withitem(
                    context_expr=ast.Call(func=ast.Name(id=name), args=[*errors], keywords=[]),
                    optional_vars=None,
                )
            ],
            body=body,
        ) if name == suppress and not any(isinstance(e, ast.Starred) for e in errors):
            which = errors[0] if len(errors) == 1 else ast.Tuple(elts=errors, ctx=ast.Load())
            handler = ast.ExceptHandler(type=which, name=None, body=[ast.Pass()])
            return ast.Try(body=body, handlers=[handler], orelse=[], finalbody=[])
        case _:
            return node
