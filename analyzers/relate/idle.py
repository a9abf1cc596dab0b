"""Code in migrations that does nothing."""

from __future__ import annotations

import ast

from analyzers.read.last_names import last_name
from analyzers.relate.spelling import without_docstring


def idle_functions(module: ast.Module) -> frozenset[str]:
    """The functions of *module* that do nothing."""
    return frozenset(
        s.name
        for s in module.body
        if isinstance(s, ast.FunctionDef)
        and not s.decorator_list
        and all(
            isinstance(inner, ast.Pass) or (isinstance(inner, ast.Return) and inner.value is None)
            for inner in without_docstring(s.body)
        )
    )


class BackIdle(ast.NodeTransformer):
    """Ways back that do nothing as ``RunPython.noop``, whichever function it is that does nothing."""

    def __init__(self, idle: frozenset[str]) -> None:
        self.idle = idle

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if last_name(node.func) == "RunPython":
            node.args[1:2] = [self._back(node, code) for code in node.args[1:2]]
            for keyword in node.keywords:
                if keyword.arg == "reverse_code":
                    keyword.value = self._back(node, keyword.value)
        return node

    def _back(self, call: ast.Call, code: ast.expr) -> ast.expr:
        match code:
            case ast.Lambda(body=ast.Constant(value=None)):
                pass
            case ast.Name(id=name) if name in self.idle:
                pass
            case _:
                return code
        return ast.Attribute(value=call.func, attr="noop", ctx=ast.Load())
