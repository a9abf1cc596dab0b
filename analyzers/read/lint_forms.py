"""
One form for what linters and those who follow them write in another way.

Most of it is what ``ruff check --fix`` changes by itself. A migration that was
rewritten so does what it did.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Mapping

from analyzers import limits
from analyzers.read import lint_expressions as forms
from analyzers.read.alembic.linted import dictionaries, without_keys


def unlinted(module: ast.Module) -> ast.Module:
    """*module*, changed in place."""
    # From the inside out, so that what is put together is of one form already; no call within
    # a call, so that a sum of a thousand terms is read.
    made_of = _Forms(dictionaries(module), _casts(module))
    every: list[ast.AST] = [module]
    for node in every:
        every.extend(ast.iter_child_nodes(node))
    made: dict[ast.AST, ast.AST] = {}
    for node in reversed(every):
        _put(node, made)
        try:
            made[node] = made_of.visit(node)
        except (RecursionError, ValueError):
            # Too deep to be written down, or a number with too many digits.
            made[node] = node
    return module


def _put(node: ast.AST, made: Mapping[ast.AST, ast.AST]) -> None:
    """Let *node* have what was made of what stands in it."""
    for name, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            setattr(node, name, made.get(value, value))
        elif isinstance(value, list):
            value[:] = [made.get(each, each) for each in value]
    for name in ("body", "orelse", "finalbody"):
        body = getattr(node, name, None)
        if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
            setattr(node, name, _block(body))


class _Forms(ast.NodeTransformer):
    """The form of a node of which all that stands in it has its own already."""

    def __init__(self, dicts: frozenset[str], casts: frozenset[str]) -> None:
        """
        *dicts* are the names of nothing but dictionaries: other things' keys are not what they go over.

        *casts* are what ``cast`` of ``typing`` is called: it gives what it is given, while a database's makes another of it.
        """
        self._dicts = dicts
        self._casts = casts

    def generic_visit(self, node: ast.AST) -> ast.AST:
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        node.test = forms.asked(node.test)
        return forms.chosen(node)

    def visit_While(self, node: ast.While) -> ast.AST:
        node.test = forms.asked(node.test)
        return node

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        return forms.from_keys(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        if isinstance(node.ops[-1], ast.In | ast.NotIn):
            node.comparators[-1] = without_keys(node.comparators[-1], self._dicts)
        return forms.compared(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        return forms.either(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        match node:
            case ast.Call(func=ast.Name(id=name), args=[_, value], keywords=[]) if (
                name in self._casts
            ):
                return value
            case _:
                return forms.called(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        return forms.added(node)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        return forms.placed(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        return forms.of_class(node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return forms.made(node)

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        node.iter = without_keys(forms.gone_through(node.iter), self._dicts)
        node.ifs = [forms.asked(each) for each in node.ifs]
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return forms.flagged(node)

    def visit_For(self, node: ast.For) -> ast.AST:
        _one_of_both(node)
        node.iter = without_keys(forms.gone_through(node.iter), self._dicts)
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        match node.value:
            case ast.Call(
                func=ast.Name(id="setattr"),
                args=[holder, ast.Constant(value=str(name)), value],
                keywords=[],
            ) if name.isidentifier():
                target = ast.Attribute(value=holder, attr=name, ctx=ast.Store())
                return ast.copy_location(ast.Assign(targets=[target], value=value), node)
            case _:
                return node

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        node.cause = None
        match node.exc:
            case ast.Call(func=kind, args=[], keywords=[]):
                node.exc = kind
            case ast.Name(id="NotImplemented") | ast.Call(func=ast.Name(id="NotImplemented")):
                # It stops either way, if only because it is no error.
                node.exc = ast.Name(id="NotImplementedError", ctx=ast.Load())
            case ast.Call(func=ast.Name(id="NotImplementedError") as kind):
                node.exc = kind
            case _:
                pass
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        match node.body:
            case [*_, ast.Raise(exc=ast.Name(id=name)) as again] if name == node.name:
                again.exc = None
            case _:
                pass
        if node.name is not None and not _names(node.body, node.name):
            node.name = None
        match node.type:
            case ast.Tuple(elts=[alone]) if not isinstance(alone, ast.Starred):
                node.type = alone
            case _:
                pass
        return node

    def visit_With(self, node: ast.With) -> ast.AST:
        match node.body:
            case [ast.With(items=items, body=body)]:
                node.items, node.body = [*node.items, *items], body
            case _:
                pass
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        node.test = forms.asked(node.test)
        match node:
            case ast.If(
                test=test, body=body, orelse=[ast.If(test=other, body=again, orelse=rest)]
            ) if _alike(body, again):
                terms = [*_terms(test), *_terms(other)]
                if len(terms) > limits.LINES:
                    return node
                either = ast.BoolOp(op=ast.Or(), values=terms)
                return ast.If(test=forms.either(either), body=body, orelse=rest)
            case _:
                return _bounded(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda(args=args, body=body)):
                return ast.FunctionDef(
                    name=name,
                    args=args,
                    body=[ast.Return(value=body)],
                    decorator_list=[],
                    lineno=node.lineno,
                    col_offset=node.col_offset,
                )
            case _:
                return node


def _casts(module: ast.Module) -> frozenset[str]:
    return frozenset(
        alias.asname or alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.module in {"typing", "typing_extensions"}
        for alias in node.names
        if alias.name == "cast"
    )


def _block(body: list[ast.stmt]) -> list[ast.stmt]:
    """*body* without an ``else`` where nothing comes to its end otherwise, and without a name for what is given back next."""
    flat: list[ast.stmt] = []
    waiting = [*reversed(body)]
    while waiting:
        statement = waiting.pop()
        match statement:
            case ast.If(body=[*_, last], orelse=[_, *_] as orelse) if _leaves(last):
                statement.orelse = []
                flat.append(statement)
                waiting += reversed(orelse)
            case _:
                flat.append(statement)
    kept: list[ast.stmt] = []
    for statement in flat:
        match kept[-1] if kept else None, statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value),
                ast.Return(value=ast.Name(id=given)),
            ) if name == given:
                kept[-1] = ast.Return(value=value)
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value),
                ast.Raise(exc=ast.Call(args=[ast.Name(id=given)]) as error),
            ) if name == given:
                error.args = [value]
                kept[-1] = statement
            case (
                ast.If(test=test, body=[ast.Return(value=ast.Constant(value=True))], orelse=[]),
                ast.Return(value=ast.Constant(value=False)),
            ):
                kept[-1] = ast.Return(value=forms.truth(test))
            case (
                ast.If(test=test, body=[ast.Return(value=ast.Constant(value=False))], orelse=[]),
                ast.Return(value=ast.Constant(value=True)),
            ):
                kept[-1] = ast.Return(value=ast.UnaryOp(op=ast.Not(), operand=test))
            case _:
                kept.append(statement)
    return kept


def _leaves(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Return | ast.Raise | ast.Continue | ast.Break)


def _terms(test: ast.expr) -> list[ast.expr]:
    match test:
        case ast.BoolOp(op=ast.Or(), values=values):
            return values
        case _:
            return [test]


def _alike(one: Iterable[ast.stmt], other: Iterable[ast.stmt]) -> bool:
    return [ast.dump(s) for s in one] == [ast.dump(s) for s in other]


def _names(body: Iterable[ast.stmt], name: str) -> bool:
    """Whether *body* says *name*, or is too long to look through it once for each block that it stands in."""
    every = (node for statement in body for node in ast.walk(statement))
    looked = itertools.islice(every, limits.METHOD_NODES)
    if any(isinstance(node, ast.Name) and node.id == name for node in looked):
        return True
    return next(every, None) is not None


def _bounded(node: ast.If) -> ast.stmt:
    """``if a > b: a = b`` as ``a = min(a, b)``."""
    match node:
        case ast.If(
            test=ast.Compare(left=left, ops=[op], comparators=[right]),
            body=[ast.Assign(targets=[target], value=value)],
            orelse=[],
        ) if forms.is_quiet(left) and forms.is_quiet(right):
            pass
        case _:
            return node
    greater, less = isinstance(op, ast.Gt | ast.GtE), isinstance(op, ast.Lt | ast.LtE)
    if not greater and not less:
        return node
    there = ast.unparse(target)
    if (there, ast.unparse(value)) == (ast.unparse(left), ast.unparse(right)):
        name = "min" if greater else "max"
    elif (there, ast.unparse(value)) == (ast.unparse(right), ast.unparse(left)):
        name = "max" if greater else "min"
    else:
        return node
    call = forms.bound(name, left, right)
    return ast.copy_location(ast.Assign(targets=[target], value=call), node)


def _one_of_both(node: ast.For) -> None:
    """``for a, b in c.items()`` as one over ``c.keys()`` or ``c.values()`` where nothing asks for the other."""
    match node:
        case ast.For(
            target=ast.Tuple(elts=[ast.Name(id=key) as first, ast.Name(id=value) as second]),
            iter=ast.Call(func=ast.Attribute(attr="items") as asked, args=[], keywords=[]),
        ):
            inside = [*node.body, *node.orelse]
        case _:
            return
    if not _names(inside, value):
        node.target = first
        asked.attr = "keys"
    elif not _names(inside, key):
        node.target = second
        asked.attr = "values"
