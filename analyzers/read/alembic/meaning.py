"""
What a revision file does, as hashes by part: equal ones leave a database in the same state.

Layout, comments, docstrings, annotations, quotes and the imports themselves do not count.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Mapping, Sequence

HEADER = ("revision", "down_revision", "branch_labels", "depends_on")
"""The names of a revision file that Alembic reads."""


def meaning_parts(
    module: ast.Module, identifier: str, header: Mapping[str, Sequence[str]], content: bytes
) -> tuple[tuple[str, str], ...]:
    """The parts, sorted by name; *module*'s tree is changed on the way."""
    try:
        return _parts(module, identifier, header)
    except RecursionError:
        # An expression thousands of terms long: then only equal bytes mean the same.
        return (("code", hashlib.sha256(content).hexdigest()[:16]),)


def _parts(
    module: ast.Module, identifier: str, header: Mapping[str, Sequence[str]]
) -> tuple[tuple[str, str], ...]:
    """A name is what it was imported as from SQLAlchemy and Alembic, its own last part else."""
    clean = _Normaliser(_imports(module))
    parts: dict[str, str] = {"revision": identifier}
    parts.update((name, repr(sorted(header[name]))) for name in header)
    rest: list[str] = []
    for statement in module.body:
        match statement:
            case ast.FunctionDef(name="upgrade" | "downgrade" as name):
                parts[name] = clean.text(statement)
            case ast.Import() | ast.ImportFrom():
                pass
            case ast.Expr(value=ast.Constant()):
                pass
            case (
                ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name))
            ) if name in HEADER:
                pass
            case _:
                rest.append(clean.text(statement))
    parts["code"] = "\n".join(sorted(rest))
    return tuple(
        (name, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16])
        for name, text in sorted(parts.items())
    )


def _imports(module: ast.Module) -> dict[str, str]:
    """Local names to what they stand for: full for SQLAlchemy and Alembic, the last part else."""
    found: dict[str, str] = {}
    for node in ast.walk(module):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    found[alias.asname or alias.name.partition(".")[0]] = (
                        alias.name if alias.asname else alias.name.partition(".")[0]
                    )
            case ast.ImportFrom(module=source, names=names):
                known = (source or "").partition(".")[0] in {"sqlalchemy", "alembic"}
                for alias in names:
                    found[alias.asname or alias.name] = (
                        f"{source}.{alias.name}" if known else alias.name
                    )
            case _:
                pass
    return found


class _Normaliser(ast.NodeTransformer):
    """Writes a statement without what does not change its meaning."""

    def __init__(self, imports: Mapping[str, str]) -> None:
        self._imports = imports

    def text(self, statement: ast.stmt) -> str:
        """The statement's text; its tree is changed, so this comes last."""
        return ast.unparse(self.visit(statement))

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        node.kind = None  # u"..." is "..."
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        full = self._imports.get(node.id)
        return ast.Name(id=full, ctx=node.ctx) if full else node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        for argument in (*node.args.args, *node.args.kwonlyargs, *node.args.posonlyargs):
            argument.annotation = None
        node.body = self._statements(node.body)
        self.generic_visit(node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        self.generic_visit(node)
        if node.value is None:
            return node
        plain = ast.Assign(targets=[node.target], value=node.value)
        return ast.copy_location(plain, node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = self._statements(node.body)
        self.generic_visit(node)
        return node

    @staticmethod
    def _statements(body: Iterable[ast.stmt]) -> list[ast.stmt]:
        kept = [
            statement
            for statement in body
            if not isinstance(statement, ast.Pass | ast.Import | ast.ImportFrom)
            and not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        ]
        return kept or [ast.Pass()]
