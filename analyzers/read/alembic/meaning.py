"""
What a revision file does, as hashes by part: equal ones leave a database in the same state.

Layout, comments (those of SQL among them), docstrings, annotations, quotes, the
imports themselves, what is printed or logged, time limits of the session, and a
column's Python-side default do not count.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence

HEADER = ("revision", "down_revision", "branch_labels", "depends_on")
"""The names of a revision file that Alembic reads."""

_LOGGERS = frozenset({"log", "logger", "logging", "LOG", "LOGGER", "_log", "_logger"})
_LOG_METHODS = frozenset({"debug", "info", "warning", "warn", "error", "critical", "exception"})
_TEXTUAL = frozenset({"len", "str", "repr", "format", "join", "sorted", "list", "int", "round"})
"""Functions and methods whose calls in what is printed change nothing."""

_LIMITS = re.compile(
    r"\s*SET\s+(?:LOCAL\s+|SESSION\s+)?"
    r"(?:lock_timeout|statement_timeout|idle_in_transaction_session_timeout)\b[^;]*;?\s*$",
    re.IGNORECASE,
)
_SQL_COMMENT = re.compile(r"^\s*--.*$\n?", re.MULTILINE)
_PYTHON_SIDE = frozenset({"default", "onupdate", "insert_default", "doc", "info"})


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
            ) if name in HEADER or name in _LOGGERS:
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

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        self.generic_visit(node)
        texts = [part.value for part in node.values if isinstance(part, ast.Constant)]
        if len(texts) < len(node.values):
            return node
        return ast.copy_location(ast.Constant("".join(map(str, texts))), node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        full = self._imports.get(node.id)
        return ast.Name(id=full, ctx=node.ctx) if full else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "execute":
            for argument in node.args:
                for inner in ast.walk(argument):
                    if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                        inner.value = _SQL_COMMENT.sub("", inner.value)
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        match node.value:
            # What op.create_table returns has a use for Python's defaults; here nobody takes it.
            case ast.Call(func=ast.Attribute(attr="add_column" | "create_table")) as call:
                for inner in ast.walk(call):
                    if isinstance(inner, ast.Call) and _last(inner.func) == "Column":
                        inner.keywords = [k for k in inner.keywords if k.arg not in _PYTHON_SIDE]
            case _:
                pass
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        for argument in (*node.args.args, *node.args.kwonlyargs, *node.args.posonlyargs):
            argument.annotation = None
        if isinstance(last := node.body[-1], ast.Return) and _is_none(last.value):
            node.body = node.body[:-1]
        return self._with_bodies(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        self.generic_visit(node)
        if node.value is None:
            return node
        plain = ast.Assign(targets=[node.target], value=node.value)
        return ast.copy_location(plain, node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        return self._with_bodies(node)

    def _with_bodies(self, node: ast.AST) -> ast.AST:
        for name in ("body", "orelse", "finalbody"):
            body = getattr(node, name, None)
            if isinstance(body, list):
                kept = _statements(body)
                setattr(node, name, kept or ([ast.Pass()] if name == "body" else []))
        return super().generic_visit(node)


def _statements(body: Iterable[ast.stmt]) -> list[ast.stmt]:
    return [
        statement
        for statement in body
        if not isinstance(statement, ast.Pass | ast.Import | ast.ImportFrom)
        and not (isinstance(statement, ast.Expr) and _idle(statement.value))
    ]


def _idle(value: ast.expr) -> bool:
    """Whether an expression that stands alone leaves the database as it is."""
    match value:
        case ast.Constant():
            return True
        case ast.Call(func=ast.Name(id="print")):
            return _plain(value)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=logger), attr=method)) if (
            logger in _LOGGERS and method in _LOG_METHODS
        ):
            return _plain(value)
        case ast.Call(func=ast.Attribute(attr="execute"), args=[argument], keywords=[]):
            if isinstance(argument, ast.Call) and _last(argument.func) == "text" and argument.args:
                argument = argument.args[0]
            return (
                isinstance(argument, ast.Constant)
                and isinstance(argument.value, str)
                and _LIMITS.match(argument.value) is not None
            )
        case _:
            return False


def _plain(call: ast.Call) -> bool:
    """Whether the arguments of *call* do nothing themselves."""
    below = (node for argument in (*call.args, *call.keywords) for node in ast.walk(argument))
    return all(
        _last(node.func) in _TEXTUAL
        if isinstance(node, ast.Call)
        else not isinstance(node, ast.Await | ast.NamedExpr | ast.Yield | ast.YieldFrom)
        for node in below
    )


def _last(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _is_none(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)
