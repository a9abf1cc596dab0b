"""
One spelling for code that does the same, so that a formatter's or a linter's rewriting is no edit.

Only rewritings that cannot change what a migration does are undone: another
spelling of a literal, ``else`` after ``return``, the names of local variables,
the order of what has none. Where it is not certain, code stays as it is
written, and counts as different.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import cast

from analyzers.read.last_names import last_name
from analyzers.read.lint_expressions import placed
from analyzers.read.six_names import as_python_3
from analyzers.read.speaking import only_said
from analyzers.relate.django_spelling import as_django_takes_it, rows
from analyzers.relate.linted import (
    SUPPRESS,
    any_error,
    denied,
    joined,
    passed_over,
    together,
)
from analyzers.relate.scopes import RESOLVED, Numbered, Resolved
from analyzers.relate.texts import formatted, plainly_said
from analyzers.relate.unasked import without_unasked

UNORDERED = frozenset({"dependencies", "run_before", "replaces"})
"""Lists of a migration whose order means nothing: the graph is sorted anew."""

TOGETHER = frozenset({"unique_together", "index_together"})
TOGETHER_OPERATIONS = frozenset({"AlterUniqueTogether", "AlterIndexTogether"})
STATEMENTS = frozenset({"RunSQL", "execute"})
CONSUMERS = frozenset({"all", "any", "sum", "min", "max", "sorted", "tuple", "frozenset", "dict"})
"""Functions that give the same for a list and for a generator of the same items."""


def canonical(node: ast.AST, imports: dict[str, str] | None = None) -> ast.AST:
    """*node*, changed in place; with *imports* imported names become their dotted paths."""
    node = _Forms().visit(node)
    node = Numbered().visit(node)
    if imports:
        node = Resolved(imports).visit(node)
        node = _Imported().visit(node)
    return node


def without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """*body* without statements that are only a text."""
    return [s for s in body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]


UTC = frozenset(
    f"{RESOLVED}{name}"
    for name in ("pytz.UTC", "pytz.utc", "datetime.UTC", "django.utils.timezone.utc")
)
"""Other names of ``datetime.timezone.utc``: a moment is the same in each of them."""
ZONES = frozenset(
    f"{RESOLVED}{name}"
    for name in ("zoneinfo.ZoneInfo", "backports.zoneinfo.ZoneInfo", "pytz.timezone")
)
"""What gives the same for its name, ``"UTC"``."""


_HASHES = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s"})


class _Imported(ast.NodeTransformer):
    """
    What is known by the name that it is imported by; after ``Resolved``.

    The time zone by one name, and as a keyword where the time is asked for; errors that are passed over.
    """

    def visit_With(self, node: ast.With) -> ast.AST:
        self.generic_visit(node)
        return passed_over(node, f"{RESOLVED}{SUPPRESS}")

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in UTC:
            node.id = f"{RESOLVED}datetime.timezone.utc"
        if node.id.startswith(RESOLVED):
            node.id = node.id.removeprefix(RESOLVED)
            plain = as_python_3(node)
            if plain is not node:
                return plain
            node.id = f"{RESOLVED}{node.id}"
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id=name), args=[zone], keywords=[]) if (
                name == f"{RESOLVED}datetime.datetime.now" and not isinstance(zone, ast.Starred)
            ):
                node.args, node.keywords = [], [ast.keyword(arg="tz", value=zone)]
            case ast.Call(
                func=ast.Name(id=name), args=[ast.Constant(value="UTC")], keywords=[]
            ) if name in ZONES:
                return ast.Name(id=f"{RESOLVED}datetime.timezone.utc", ctx=ast.Load())
            case _:
                pass
        return node


class _Forms(ast.NodeTransformer):
    """Literals, calls and branches that can be written in several ways."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        self.generic_visit(node)
        if node.value is None:
            return ast.Pass()
        return self.visit_Assign(ast.Assign(targets=[node.target], value=node.value), visited=True)

    def visit_Assign(self, node: ast.Assign, *, visited: bool = False) -> ast.AST:
        if not visited:
            self.generic_visit(node)
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.List(elts=elements) | ast.Tuple(elts=elements),
            ) if name in UNORDERED:
                node.value = ast.Set(elts=_sorted(elements))
            case _:
                pass
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        _as_text(node)
        self.generic_visit(node)
        node.returns = None
        body = without_unasked(node)
        node.body = _tail(_block(without_docstring(body))) or [ast.Pass()]
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.returns = None
        node.body = _tail(_block(without_docstring(node.body))) or [ast.Pass()]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.body = without_docstring(node.body) or [ast.Pass()]
        node.bases = [b for b in node.bases if not (isinstance(b, ast.Name) and b.id == "object")]
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Constant) and node.value.value is None:
            node.value = None
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        node.body, node.orelse = _block(node.body) or [ast.Pass()], _block(node.orelse)
        return joined(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        return together(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return denied(node)

    def visit_For(self, node: ast.For) -> ast.AST:
        self.generic_visit(node)
        node.body = _block(node.body) or [ast.Pass()]
        node.iter = rows(node.iter)
        _half_asked(node)
        match node:
            case ast.For(
                target=ast.Name(id=name),
                iter=source,
                body=[ast.Expr(value=ast.Yield(value=ast.Name(id=given)))],
                orelse=[],
            ) if name == given:
                return ast.Expr(value=ast.YieldFrom(value=source))
            case _:
                return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.BinOp(
                left=ast.Constant(value=str(one)),
                op=ast.Add(),
                right=ast.Constant(value=str(two)),
            ):
                return ast.Constant(value=one + two)
            case _:
                return formatted(node) or node

    def visit_While(self, node: ast.While) -> ast.AST:
        self.generic_visit(node)
        node.body = _block(node.body) or [ast.Pass()]
        return node

    def visit_With(self, node: ast.With) -> ast.AST:
        self.generic_visit(node)
        node.body = _block(node.body) or [ast.Pass()]
        return node

    def visit_Try(self, node: ast.Try) -> ast.AST:
        self.generic_visit(node)
        node.body = _block(node.body) or [ast.Pass()]
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        self.generic_visit(node)
        node.body = _block(node.body) or [ast.Pass()]
        return any_error(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        self.generic_visit(node)
        match node.value:
            case ast.Tuple(elts=[alone]) if not isinstance(alone, ast.Starred):
                # A comma that is left over.
                node.value = alone
            case ast.Call() as call if only_said(call):
                return None
            case _:
                pass
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        self.generic_visit(node)
        texts = [v.value for v in node.values if isinstance(v, ast.Constant)]
        if len(texts) < len(node.values):
            return node
        return ast.Constant(value="".join(str(text) for text in texts))

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        # How it is formatted is a text of its own kind.
        node.value = self.visit(node.value)
        return placed(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        node.kind = None  # u"..." is "..."
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in {"IOError", "EnvironmentError"}:
            node.id = "OSError"
        return as_python_3(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        return as_python_3(node)

    def visit_Set(self, node: ast.Set) -> ast.AST:
        self.generic_visit(node)
        node.elts = _sorted(node.elts)
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        self.generic_visit(node)
        if node.arg in TOGETHER:
            node.value = _together(node.value)
        return node

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        self.generic_visit(node)
        for position, key in enumerate(node.keys):
            if isinstance(key, ast.Constant) and key.value in TOGETHER:
                node.values[position] = _together(node.values[position])
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        self.generic_visit(node)
        return _copied("list", node.elt, node.generators) or node

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        self.generic_visit(node)
        return _copied("set", node.elt, node.generators) or node

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        self.generic_visit(node)
        pair = ast.Tuple(elts=[node.key, node.value], ctx=ast.Load())
        return _copied("dict", pair, node.generators) or node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        plain = as_python_3(node)
        node = plain if isinstance(plain, ast.Call) else node
        name = last_name(node.func)
        if name in TOGETHER_OPERATIONS and len(node.args) > 1:
            node.args[1] = _together(node.args[1])
        if name in STATEMENTS:
            for argument in (*node.args, *(k.value for k in node.keywords)):
                plainly_said(argument)
        as_django_takes_it(node)
        if all(k.arg for k in node.keywords) and name != "dict":
            node.keywords = sorted(node.keywords, key=lambda k: k.arg or "")
        match node:
            case ast.Call(args=[ast.Constant(value=str() as text)], keywords=[]) if (
                name == "Decimal" and text.removeprefix("-").isdecimal() and text.isascii()
            ):
                node.args = [_number(int(text))]
            case ast.Call() if name in _HASHES:
                # It is asked by whoever forbids the hash; what it gives is the same.
                node.keywords = [k for k in node.keywords if k.arg != "usedforsecurity"]
            case ast.Call(func=ast.Name(id="open"), args=[path, ast.Constant(value="r" | "rt")]):
                node.args = [path]
            case ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=0), end]) if (
                not isinstance(end, ast.Starred)
            ):
                node.args = [end]
            case ast.Call(func=ast.Attribute(attr="get_model")):
                _ask_for_model(node)
            case ast.Call(func=ast.Name(id=built), args=arguments, keywords=keywords):
                return _built(built, arguments, keywords) or node
            case _:
                pass
        return formatted(node) or node


def _as_text(function: ast.FunctionDef) -> None:
    """``engine_name`` as ``str(engine_name)``: Alembic's template for several databases hands a text to a revision."""
    parameters = {argument.arg for argument in function.args.args}
    if function.name not in {"upgrade", "downgrade"} or "engine_name" not in parameters:
        return
    names = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == "engine_name"]
    if all(isinstance(n.ctx, ast.Load) for n in names):
        function.body = [_Text().visit(statement) for statement in function.body]


class _Text(ast.NodeTransformer):
    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id != "engine_name":
            return node
        return ast.Call(func=ast.Name(id="str", ctx=ast.Load()), args=[node], keywords=[])


def _ask_for_model(node: ast.Call) -> None:
    """``apps.get_model`` as it is asked with two texts by position; it knows models in small letters."""
    asked = [*node.args, *(k.value for k in node.keywords)]
    texts = [a.value for a in asked if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if len(texts) != len(asked) or [k.arg for k in node.keywords] not in (
        [],
        ["model_name"],
        ["app_label", "model_name"],
    ):
        return
    names = texts[0].split(".") if len(texts) == 1 else texts
    if len(names) == 2:
        node.args = [ast.Constant(value=names[0]), ast.Constant(value=names[1].lower())]
        node.keywords = []


def _number(value: int) -> ast.expr:
    """As Python parses it: a sign is an operator."""
    if value < 0:
        return ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=-value))
    return ast.Constant(value=value)


def _built(
    name: str, arguments: Sequence[ast.expr], keywords: Sequence[ast.keyword]
) -> ast.expr | None:
    """The literal or comprehension that a call of a built-in type stands for."""
    match name, list(arguments), list(keywords):
        case "list", [], []:
            return ast.List(elts=[], ctx=ast.Load())
        case "tuple", [], []:
            return ast.Tuple(elts=[], ctx=ast.Load())
        case "dict", [], named if all(k.arg for k in named):
            return ast.Dict(
                keys=[ast.Constant(value=k.arg) for k in named], values=[k.value for k in named]
            )
        case "list", [ast.List(elts=elements) | ast.Tuple(elts=elements)], []:
            return ast.List(elts=elements, ctx=ast.Load())
        case "tuple", [ast.List(elts=elements) | ast.Tuple(elts=elements)], []:
            return ast.Tuple(elts=elements, ctx=ast.Load())
        case "set", [
            ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements)
        ], [] if elements:
            return ast.Set(elts=_sorted(elements))
        case "list", [ast.GeneratorExp() | ast.ListComp() as made], []:
            return ast.ListComp(elt=made.elt, generators=made.generators)
        case "set", [ast.GeneratorExp() | ast.ListComp() | ast.SetComp() as made], []:
            return ast.SetComp(elt=made.elt, generators=made.generators)
        case _, [ast.ListComp() as made, *more], named if name in CONSUMERS:
            lazy = ast.GeneratorExp(elt=made.elt, generators=made.generators)
            return ast.Call(
                func=ast.Name(id=name, ctx=ast.Load()), args=[lazy, *more], keywords=named
            )
        case _:
            return None


def _copied(
    builder: str, element: ast.expr, generators: list[ast.comprehension]
) -> ast.expr | None:
    """``[x for x in y]`` is ``list(y)``."""
    match generators:
        case [ast.comprehension(target=target, iter=source, ifs=[], is_async=0)] if _dump(
            target
        ) == _dump(element):
            return ast.Call(func=ast.Name(id=builder, ctx=ast.Load()), args=[source], keywords=[])
        case _:
            return None


def _together(value: ast.expr) -> ast.expr:
    """Django keeps a set of tuples, whatever was written."""
    match value:
        case ast.Set(elts=elements) | ast.List(elts=elements) | ast.Tuple(elts=elements):
            pass
        case _:
            return value
    if elements and all(isinstance(e, ast.Constant) for e in elements):
        elements = [ast.Tuple(elts=elements, ctx=ast.Load())]
    rows = [
        ast.Tuple(elts=e.elts, ctx=ast.Load()) if isinstance(e, ast.List | ast.Tuple) else e
        for e in elements
    ]
    return ast.Set(elts=_sorted(rows))


def _sorted(elements: Iterable[ast.expr]) -> list[ast.expr]:
    return sorted(elements, key=_dump)


def _dump(node: ast.AST) -> str:
    """Without the difference between reading and binding a name."""
    return ast.dump(node).replace("Store()", "Load()")


def _block(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """*body* without ``pass``, and without ``else`` after a branch that never comes back."""
    flat: list[ast.stmt] = []
    for statement in body:
        match statement:
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                pass
            case ast.If(
                test=test,
                body=[*_, ast.Return() | ast.Raise() | ast.Continue() | ast.Break()] as inner,
                orelse=orelse,
            ) if orelse:
                flat += [ast.If(test=test, body=inner, orelse=[]), *orelse]
            case ast.Return(value=ast.Name(id=name)) if flat and _binds(flat[-1], name):
                flat[-1] = ast.Return(value=cast(ast.Assign, flat[-1]).value)
            case _:
                flat.append(statement)
    return flat


def _tail(body: list[ast.stmt]) -> list[ast.stmt]:
    """*body* without a last ``return`` of nothing."""
    match body:
        case [*rest, ast.Return(value=None)]:
            return rest
        case _:
            return body


def _half_asked(loop: ast.For) -> None:
    """``for _, value in pairs.items()`` becomes a loop over ``pairs.values()``, where ``_`` is not asked for."""
    match loop:
        case ast.For(
            target=ast.Tuple(elts=[ast.Name() as key, ast.Name() as value]),
            iter=ast.Call(func=ast.Attribute(attr="items") as method, args=[], keywords=[]),
        ):
            inside = (n for s in (*loop.body, *loop.orelse) for n in ast.walk(s))
            asked = any(isinstance(n, ast.Name) and n.id == "_" for n in inside)
            if key.id == value.id or asked:
                return
            if key.id == "_":
                loop.target, method.attr = value, "values"
            elif value.id == "_":
                loop.target, method.attr = key, "keys"
        case _:
            pass


def _binds(statement: ast.stmt, name: str) -> bool:
    match statement:
        case ast.Assign(targets=[ast.Name(id=bound)]):
            return bound == name
        case _:
            return False
