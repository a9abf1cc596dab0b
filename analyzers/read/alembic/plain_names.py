"""Names that ``op.f`` keeps from the naming convention, as the texts that they are."""

from __future__ import annotations

import ast
import re

from analyzers.read.sources import Unparsed, parse

_RENAMED = re.compile(rb"check_constraint|CheckConstraint|['\"]check['\"]", re.IGNORECASE)
"""Usual conventions make another name of one kind of constraint that has a name already."""


def with_plain_names(content: bytes) -> bytes:
    """
    The revision *content* with ``op.f("fk_orders_user")`` as ``"fk_orders_user"``.

    The same bytes where there is none, or where it may be the name of a check.
    """
    module = parse(content) if b"op.f(" in content and not _RENAMED.search(content) else None
    if module is None or isinstance(module, Unparsed):
        return content
    try:
        plain = ast.fix_missing_locations(_Plain().visit(module))
        return ast.unparse(plain).encode("utf-8", "surrogateescape")
    except (RecursionError, ValueError):
        return content


class _Plain(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="op"), attr="f"),
                args=[ast.Constant(value=str()) as text],
                keywords=[],
            ):
                return text
            case _:
                return node
