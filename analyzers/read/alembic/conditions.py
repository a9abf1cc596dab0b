"""Comparisons in one spelling: ``== None`` and ``is_(None)``, one member of a list and the member itself."""

from __future__ import annotations

import ast

_NULLS = frozenset({"sqlalchemy.null", "sqlalchemy.sql.null", "sqlalchemy.sql.expression.null"})
_IS = {"is_": "is_", "is_not": "is_not", "isnot": "is_not"}


def as_compared(node: ast.Compare) -> ast.expr:
    """*node*, with imported names in full, as all of its spellings are."""
    match node:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as op], comparators=[right]):
            if _null(right):
                return _is("is_" if isinstance(op, ast.Eq) else "is_not", left)
        case ast.Compare(
            ops=[ast.In() | ast.NotIn() as op],
            comparators=[
                ast.List(elts=[member]) | ast.Tuple(elts=[member]) | ast.Set(elts=[member])
            ],
        ) if not isinstance(member, ast.Starred):
            node.ops, node.comparators = [_equal(op)], [member]
        case ast.Compare(
            left=ast.Attribute(attr="name") as left,
            ops=[ast.In() | ast.NotIn() as op],
            comparators=[ast.Constant(value=str()) as member],
        ) if ast.unparse(left).endswith("dialect.name"):
            # `("mysql")` is no tuple, but no database's name is a part of another's.
            node.ops, node.comparators = [_equal(op)], [member]
        case _:
            pass
    return node


def as_asked(call: ast.Call) -> ast.expr:
    """``column.is_(null())`` as ``column.is_(None)``; other calls as they are."""
    match call:
        case ast.Call(func=ast.Attribute(value=left, attr=name), args=[right], keywords=[]) if (
            name in _IS and _null(right)
        ):
            return _is(_IS[name], left)
        case _:
            return call


def _is(how: str, left: ast.expr) -> ast.Call:
    made = ast.Attribute(value=left, attr=how, ctx=ast.Load())
    return ast.Call(func=made, args=[ast.Constant(value=None)], keywords=[])


def _null(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=None):
            return True
        case ast.Call(func=made, args=[], keywords=[]):
            return ast.unparse(made) in _NULLS
        case _:
            return False


def _equal(op: ast.cmpop) -> ast.cmpop:
    return ast.Eq() if isinstance(op, ast.In) else ast.NotEq()
