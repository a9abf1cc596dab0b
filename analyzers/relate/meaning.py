"""
What a migration file means: two files mean the same when they do the same.

Layout, comments, docstrings, quotes, annotations, the order of imports and of
dependencies, the names of local variables and functions and code that nothing
runs do not count, nor what ``spelling`` undoes. Everything else does.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from analyzers.read.last_names import last_name
from analyzers.read.lint_forms import unlinted
from analyzers.read.sources import Unparsed, parse
from analyzers.read.speaking import without_loggers
from analyzers.relate import django_spelling as spelling
from analyzers.relate.function_names import number
from analyzers.relate.gathered import gather
from analyzers.relate.hoisted import hoist
from analyzers.relate.idle import BackIdle, idle_functions
from analyzers.relate.inlined import bindings, inline
from analyzers.relate.linted import without_ignored
from analyzers.relate.scopes import RESOLVED, bound_at_top, imported, name_of, needed
from analyzers.relate.spelling import canonical, without_docstring
from analyzers.relate.stateless import Stateless

ROOTS = frozenset(
    {
        "Migration",
        "upgrade",
        "downgrade",
        "revision",
        "down_revision",
        "branch_labels",
        "depends_on",
    }
)
"""What the frameworks look for in a migration's file."""

Names = Mapping[tuple[str, str], tuple[str, str]]
"""Migrations as (app, name) -> by which names they go."""

AS_NAMED: Names = MappingProxyType({})

_REFERENCE = re.compile(rf"Name\(id='{RESOLVED}([^']+)', ctx=Load\(\)\)")


def meaning(
    content: bytes, roots: frozenset[str] = ROOTS, names: Names = AS_NAMED
) -> dict[str, str] | None:
    """
    Hashes by part: each attribute of ``Migration``, and ``code`` for all else.

    Of code that *roots* do not run nothing counts; other migrations go by *names*.
    None where the file cannot be parsed.
    """
    module = _parsed(content, names, roots)
    if module is None:
        return None
    try:
        return _parts(module, roots)
    except RecursionError:
        # An expression of a thousand terms: then only equal bytes mean the same.
        return {"code": hashlib.sha256(content).hexdigest()[:16]}


def named(content: bytes) -> frozenset[tuple[str, str]]:
    """The migrations that the file says it depends on or runs before, as far as it names them plainly."""
    module = parse(content)
    if isinstance(module, Unparsed):
        return frozenset()
    found = (_pair(e) for elements in _edges(module) for e in elements)
    return frozenset(pair for pair in found if pair is not None)


def _parsed(content: bytes, names: Names, roots: frozenset[str] = ROOTS) -> ast.Module | None:
    module = parse(content)
    if isinstance(module, Unparsed):
        return None
    try:
        unlinted(module)
        hoist(module)
        _Newest().visit(module)
        spelling.Unannotated().visit(module)
        spelling.without_defaults(module)
        without_loggers(module)
        without_ignored(module)
        BackIdle(idle_functions(module)).visit(module)
        inline(module, roots)
        gather(module)
        _named_by_text(module)
    except RecursionError:
        return module
    for elements in _edges(module) if names else ():
        by_text: dict[str, ast.expr] = {}
        for element in elements:
            pair = _pair(element)
            if pair is not None:
                texts: list[ast.expr] = [ast.Constant(value=t) for t in names.get(pair, pair)]
                element = ast.Tuple(elts=texts, ctx=ast.Load())
            by_text.setdefault(ast.dump(element), element)
        elements[:] = by_text.values()
    return module


def _named_by_text(module: ast.Module) -> None:
    """Migrations that Python 2 named by bytes get the text of these: no Python 3 finds one by bytes."""
    for statement in module.body:
        if not isinstance(statement, ast.ClassDef) or statement.name != "Migration":
            continue
        for inner in statement.body:
            if name_of(inner) in {"dependencies", "run_before", "replaces"}:
                for node in ast.walk(inner):
                    if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
                        node.value = node.value.decode("utf-8", "replace")


def _edges(module: ast.Module) -> list[list[ast.expr]]:
    """The lists of other migrations in the class ``Migration``."""
    found = []
    for statement in module.body:
        if isinstance(statement, ast.ClassDef) and statement.name == "Migration":
            for inner in statement.body:
                match inner:
                    case ast.Assign(
                        targets=[ast.Name(id="dependencies" | "run_before")],
                        value=ast.List(elts=elements) | ast.Tuple(elts=elements),
                    ):
                        found.append(elements)
                    case _:
                        pass
    return found


def _pair(element: ast.expr) -> tuple[str, str] | None:
    match element:
        case ast.Tuple(elts=[ast.Constant(value=str(app)), ast.Constant(value=str(name))]):
            return app, name
        case _:
            return None


def _parts(module: ast.Module, roots: frozenset[str]) -> dict[str, str]:
    parts: dict[str, str] = {}
    rest: list[str] = []
    body = _in_order(needed(module, roots), roots)
    used = {n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name)}
    imports: list[str] = []
    for statement in body:
        match statement:
            case ast.ClassDef(name="Migration", bases=bases, body=inside):
                parts["class"] = _hash(ast.dump(b) for b in bases)
                for inner in without_docstring(inside):
                    if isinstance(inner, ast.FunctionDef):
                        # Handed to RunPython as often as not.
                        rest.append(dump(inner))
                        continue
                    name = name_of(inner) or "class"
                    parts[name] = _hash([parts.get(name, ""), dump(inner)])
            case ast.Import() | ast.ImportFrom():
                imports += _imports(statement, used)
            case ast.Expr(value=ast.Constant()):
                pass
            case _:
                rest.append(dump(statement))
    parts["code"] = _hash(rest)
    parts["imports"] = _hash(sorted(imports))
    return parts


def _in_order(body: list[ast.stmt], roots: frozenset[str]) -> list[ast.stmt]:
    """
    *body* with its functions and what Alembic reads in front, in an order of their own.

    What nothing else is called may stand anywhere. Functions lose their names to the order
    in which they are asked for, but for the *roots*.
    """
    number(body, roots)
    bound = Counter(bound_at_top(body))
    free = [
        s
        for s in body
        if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef)
        and not s.decorator_list
        and bound[s.name] == 1
    ]
    said = {
        name: s for s in body if (name := name_of(s)) in roots and bound[name] == 1 and _constant(s)
    }
    if not free and not said:
        return body
    of_one = {id(s) for s in (*free, *said.values())}
    return [
        *sorted(free, key=lambda s: s.name),
        *(said[name] for name in sorted(said)),
        *(s for s in body if id(s) not in of_one),
    ]


def _constant(statement: ast.stmt) -> bool:
    """Whether *statement* binds a name to constants alone."""
    match statement:
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            known = (ast.Constant, ast.Tuple, ast.List, ast.Load)
            return all(isinstance(node, known) for node in ast.walk(value))
        case _:
            return False


def database_meaning(
    content: bytes, names: Names = AS_NAMED, *, back: bool = True, atomic: bool = True
) -> str | None:
    """
    A hash of what reaches the database: as ``meaning``, without what only the state knows.

    Without *back* it is that of the way forward alone; without *atomic* whichever
    transactions it runs in.
    """
    module = _parsed(content, names)
    if module is None:
        return None
    try:
        idle = frozenset[str]() if back else idle_functions(module)
        module = Stateless(back, idle, atomic=atomic).visit(module)
        roots = ROOTS if back else ROOTS - {"downgrade"}
        kept = [s for s in needed(module, roots) if not isinstance(s, ast.Import | ast.ImportFrom)]
        return _hash(dump(s) for s in _in_order(kept, roots))
    except RecursionError:
        return hashlib.sha256(content).hexdigest()


def references(
    content: bytes, path: str, roots: frozenset[str] = ROOTS, names: Names = AS_NAMED
) -> tuple[str, tuple[str, ...]] | None:
    """
    What the file at *path* does, and the dotted paths of what it uses from elsewhere, in order.

    Equal pairs mean the same, in whichever way the names were imported; equal
    texts differ in the paths alone. None where the file cannot be parsed.
    """
    module = _parsed(content, names, roots)
    return _resolved(module, path, roots) if module is not None else None


_PYTHON = frozenset(dir(builtins))


def around_operations(content: bytes, path: str) -> tuple[str, tuple[str, ...]] | None:
    """As ``references``, with what ``operations`` names of the file's own in place of its value."""
    module = _parsed(content, AS_NAMED)
    if module is None:
        return None
    bound = set(bindings(module))
    # ``list`` is the language's own where nothing in the file takes the name.
    others = imported(module, path).keys() | (_PYTHON - bound if "*" not in bound else set())
    for statement in module.body:
        if isinstance(statement, ast.ClassDef) and statement.name == "Migration":
            kept: list[ast.stmt] = []
            # What a class of the project's own has, an empty list takes away.
            inherits = any(not ast.unparse(base).endswith("Migration") for base in statement.bases)
            for inner in statement.body:
                match inner:
                    case ast.Assign(targets=[ast.Name(id="operations")], value=value):
                        said = {n.id for n in ast.walk(value) if isinstance(n, ast.Name)}
                        own: list[ast.expr] = [
                            ast.Name(id=n, ctx=ast.Load()) for n in sorted(said - others)
                        ]
                        inner.value = ast.Tuple(elts=own, ctx=ast.Load())
                        kept += [inner] if own or inherits else []
                    case _:
                        kept.append(inner)
            statement.body = kept or [ast.Pass()]
    return _resolved(module, path, ROOTS)


def _resolved(
    module: ast.Module, path: str, roots: frozenset[str]
) -> tuple[str, tuple[str, ...]] | None:
    imports = imported(module, path)
    kept = [s for s in needed(module, roots) if not isinstance(s, ast.Import | ast.ImportFrom)]
    try:
        text = "\n".join(dump(s, imports) for s in _in_order(kept, roots | imports.keys()))
    except RecursionError:
        return None
    return _REFERENCE.sub(RESOLVED, text), tuple(_REFERENCE.findall(text))


def as_written(content: bytes) -> str | None:
    """
    A hash of the file without layout, comments, docstrings, annotations and unused imports.

    Equal hashes mean the same; what ``meaning`` calls the same may have two of
    them. None where the file cannot be parsed.
    """
    module = parse(content)
    if isinstance(module, Unparsed):
        return None
    used = {n.id for n in ast.walk(module) if isinstance(n, ast.Name)}
    imports: list[str] = []
    code: list[str] = []
    try:
        for statement in without_docstring(module.body):
            if isinstance(statement, ast.Import | ast.ImportFrom):
                imports += _imports(statement, used)
            else:
                code.append(_plain(statement))
    except RecursionError:
        return hashlib.sha256(content).hexdigest()
    return _hash([*sorted(imports), *code])


def _plain(node: ast.AST) -> str:
    node = Unannotated().visit(node)
    for inner in ast.walk(node):
        match inner:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                inner.body = without_docstring(inner.body) or [ast.Pass()]
            case ast.Constant():
                inner.kind = None
            case ast.Call(keywords=keywords) if all(k.arg for k in keywords):
                inner.keywords = sorted(keywords, key=lambda k: k.arg or "")
            case _:
                pass
    return ast.dump(node)


class Unannotated(ast.NodeTransformer):
    """What stands there without its annotations."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        self.generic_visit(node)
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return ast.copy_location(ast.Assign(targets=[node.target], value=node.value), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.returns = None
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.returns = None
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node


def dump(node: ast.AST, imports: dict[str, str] | None = None) -> str:
    """*node* as text that its spelling does not change; with *imports* names are resolved."""
    return ast.dump(canonical(node, imports))


def _imports(statement: ast.Import | ast.ImportFrom, used: set[str]) -> list[str]:
    found = []
    for alias in statement.names:
        bound = alias.asname or alias.name.partition(".")[0]
        if bound in used or alias.name == "*":
            module = getattr(statement, "module", "") or ""
            level = getattr(statement, "level", 0)
            found.append(f"{level}:{module}:{alias.name}:{alias.asname}")
    return found


class _Newest(ast.NodeTransformer):
    """Of branches on Django's version the one for the newest: the others go when the old one does."""

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        match node.test:
            case ast.Compare(left=left, ops=[op], comparators=[ast.Tuple()]) if last_name(left) in {
                "DJANGO_VERSION",
                "VERSION",
            }:
                if isinstance(op, ast.Gt | ast.GtE):
                    return node.body
                if isinstance(op, ast.Lt | ast.LtE):
                    return node.orelse
            case _:
                pass
        return node


def _hash(texts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode("utf-8", "surrogatepass"))
        digest.update(b"\0")
    return digest.hexdigest()[:16]
