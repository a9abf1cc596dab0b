"""What a method that SQLAlchemy calls with the class returns: ``__table_args__`` with its conditions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from copy import deepcopy

from analyzers.read.alembic.evaluate import Scope, evaluate, truth_of
from analyzers.read.alembic.module_names import bind_statement
from analyzers.read.values import Opaque, Ref, Value


def called(function: ast.FunctionDef, scope: Scope, attribute: Callable[[str], Value]) -> Value:
    """
    What *function* returns for the class whose attributes *attribute* knows; None where it returns nothing.

    Opaque where it depends on what is not known. *scope* has the names around it.
    """
    parameters = (*function.args.posonlyargs, *function.args.args)
    given = parameters[0].arg if parameters else "cls"
    inner = scope.inner({given: Ref("cls")})
    written = _Attributes(given, attribute, inner)
    _, value = played([written.visit(deepcopy(s)) for s in function.body], inner)
    return value


class _Attributes(ast.NodeTransformer):
    """Puts the class's texts, numbers and lists in the place of ``cls.NAME``; columns keep their names."""

    def __init__(self, given: str, attribute: Callable[[str], Value], scope: Scope) -> None:
        self._given = given
        self._attribute = attribute
        self._scope = scope

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.value, ast.Name) or node.value.id != self._given:
            return node
        value = self._attribute(node.attr)
        if not isinstance(value, str | int | list | tuple | dict):
            return node
        name = f"{self._given}.{node.attr}"
        self._scope.names[name] = value
        return ast.copy_location(ast.Name(id=name, ctx=ast.Load()), node)


def played(statements: Sequence[ast.stmt], scope: Scope) -> tuple[bool, Value]:
    """Whether *statements* return, and what."""
    for statement in statements:
        match statement:
            case ast.Return(value=value):
                return True, evaluate(value, scope) if value is not None else None
            case ast.If(test=test, body=body, orelse=other):
                truth = truth_of(test, scope)
                if truth is None:
                    return True, Opaque(ast.unparse(test))
                returned, value = played(body if truth else other, scope)
                if returned:
                    return True, value
            case ast.Assign(targets=[ast.Name()]) | ast.AnnAssign(target=ast.Name()):
                bind_statement(statement, scope)
            case ast.AugAssign(target=ast.Name(id=name) as target, op=operator, value=more):
                before = ast.copy_location(ast.Name(id=name, ctx=ast.Load()), target)
                scope.names[name] = evaluate(
                    ast.copy_location(ast.BinOp(left=before, op=operator, right=more), more), scope
                )
            case ast.FunctionDef(name=name):
                scope.names[name] = Opaque(name)
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                pass
            case _:
                return True, Opaque("...", "a method that does more than return")
    return False, None
