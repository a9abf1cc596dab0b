"""``import shop.models`` with ``shop.models.total`` as ``from shop.models import total`` with ``total``."""

from __future__ import annotations

import ast
from collections import Counter

from analyzers.read.modules import spelled
from analyzers.relate.inlined import bindings


def by_name(module: ast.Module, asked: frozenset[str]) -> None:
    """Import the names that are *asked* for by themselves in *module*, where they are taken from a whole module."""
    plain = [s for s in module.body if isinstance(s, ast.Import)]
    bound = Counter(bindings(module))
    tops = Counter((a.asname or a.name).partition(".")[0] for s in plain for a in s.names)
    whole = {
        a.asname or a.name: a.name
        for s in plain
        for a in s.names
        if bound[top := (a.asname or a.name).partition(".")[0]] == tops[top]
    }
    if not whole:
        return
    found = _Taken(whole, asked - bound.keys())
    found.visit(module)
    sources: dict[str, set[str]] = {}
    for source, name in found.taken:
        sources.setdefault(name, set()).add(source)
    clear = frozenset(name for name, several in sources.items() if len(several) == 1)
    if not clear:
        return
    _Taken(whole, clear, change=True).visit(module)
    left = _Taken(whole, None)
    left.visit(module)
    emptied = {s for n in clear for s in sources[n]} - {source for source, _ in left.taken}
    for statement in plain:
        statement.names = [a for a in statement.names if a.name not in emptied]
    module.body = [
        *(
            ast.ImportFrom(module=source, names=[ast.alias(name=name)], level=0)
            for source, name in sorted(found.taken)
            if name in clear
        ),
        *(s for s in module.body if not isinstance(s, ast.Import) or s.names),
    ]


class _Taken(ast.NodeTransformer):
    """What is taken from modules that are imported *whole*: the *names*, or all; put in its place on *change*."""

    def __init__(
        self, whole: dict[str, str], names: frozenset[str] | None, *, change: bool = False
    ) -> None:
        self.whole = whole
        self.names = names
        self.change = change
        self.taken: set[tuple[str, str]] = set()

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        source = self.whole.get(spelled(node.value))
        if source is None or not isinstance(node.ctx, ast.Load):
            self.generic_visit(node)
            return node
        if self.names is None or node.attr in self.names:
            self.taken.add((source, node.attr))
            if self.change:
                return ast.copy_location(ast.Name(id=node.attr, ctx=ast.Load()), node)
        return node
