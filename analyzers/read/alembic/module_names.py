"""What the statements of a module bind, in order: imports, assignments, definitions, lists that are added to."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace

from analyzers import limits
from analyzers.read.alembic.evaluate import Scope, bind, evaluate, named
from analyzers.read.alembic.known import binary, iterate
from analyzers.read.alembic.library_stars import star_of
from analyzers.read.filled import changed_names
from analyzers.read.values import Call, Opaque, Ref


def module_scope(
    module: ast.Module,
    *,
    package: str = "",
    given_by: Callable[[str], Mapping[str, Ref]] | None = None,
) -> Scope:
    """
    The names that a module's imports and assignments bind, in order.

    Functions and classes are bound to their syntax (``ast.FunctionDef``,
    ``ast.ClassDef``). *package* is the dotted package of the file, for
    relative imports; *given_by* says what an import of everything takes from a module, by name.
    """
    scope = Scope()
    for statement in module.body:
        _take(statement, scope, package)
        if given_by is not None and isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                if alias.name == "*":
                    base = _absolute(statement.module, statement.level, package)
                    scope.names |= given_by(base)
    return scope


def given_away(scope: Scope, dotted: str) -> dict[str, Ref]:
    """What ``from dotted import *`` takes from a module of the names *scope*: what they are, or where."""
    said = scope.names.get("__all__")
    names = said if isinstance(said, list | tuple) else scope.names
    return {
        name: found if isinstance(found := scope.names.get(name), Ref) else Ref(f"{dotted}.{name}")
        for name in names
        if isinstance(name, str) and (names is said or not name.startswith("_"))
    }


def _take(statement: ast.stmt, scope: Scope, package: str) -> None:
    """Take into *scope* what *statement* binds, and what it adds to a list; what it changes otherwise is not known."""
    if bind_statement(statement, scope, package):
        return
    match statement:
        case ast.If():
            _bind_either_way(statement, scope, package)
        case ast.With(body=body):
            for inner in body:
                _take(inner, scope, package)
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="append" | "extend" as method),
                args=[item],
                keywords=[],
            )
        ) if isinstance(held := scope.names.get(name), list):
            added = [evaluate(item, scope)]
            more = added if method == "append" else iterate(added[0])
            scope.names[name] = (
                scope.budget.grown(name, held, more, [*held, *more])
                if more is not None and len(held) + len(more) <= limits.GROWN_ITEMS
                else Opaque(name)
            )
        case ast.For(body=body, orelse=[]) if (
            all(isinstance(inner, _SIMPLE) for inner in body)
            and (rows := iterate(evaluate(statement.iter, scope))) is not None
            and len(rows) <= _ROWS
        ):
            for row in rows:
                bind(statement.target, row, scope)
                for inner in body:
                    _take(inner, scope, package)
        case _:
            for name in changed_names(statement) & scope.names.keys():
                scope.names[name] = Opaque(name)


_SIMPLE = (ast.Assign, ast.AugAssign, ast.Expr)
_ROWS = 200
"""Rounds of one loop of a module; more would take the steps that its other names need."""


_HOLDERS = frozenset({"SQLAlchemy", "MetaData", "declarative_base", "registry"})
"""What models stand on; with other options of an engine it is still the same."""
_SAYS_MORE = frozenset({"metadata", "schema", "naming_convention", "model_class", "cls"})
"""Arguments of these with which the tables are others."""


def _bind_either_way(statement: ast.If, scope: Scope, package: str) -> None:
    """Take into *scope* what both branches make alike: ``db = SQLAlchemy(...)`` with other options in each."""
    branches = (scope.inner(), scope.inner())
    for body, inner in zip((statement.body, statement.orelse), branches, strict=True):
        for each in body:
            bind_statement(each, inner, package)
    one, two = (inner.names for inner in branches)
    for name, value in one.items():
        other = two.get(name)
        if (
            isinstance(value, Call)
            and isinstance(other, Call)
            and value.func.rpartition(".")[2] in _HOLDERS
            and (value.func, value.args) == (other.func, other.args)
            and all(value.get(said) == other.get(said) for said in _SAYS_MORE)
        ):
            kwargs = tuple((key, said) for key, said in value.kwargs if other.get(key) == said)
            scope.names[name] = replace(value, kwargs=kwargs)


def bind_statement(statement: ast.stmt, scope: Scope, package: str = "") -> bool:
    """Take an import, assignment or definition into *scope*; False for all other statements."""
    match statement:
        case ast.Import(names=names):
            for alias in names:
                if alias.asname:
                    scope.names[alias.asname] = Ref(alias.name)
                else:
                    first = alias.name.partition(".")[0]
                    scope.names[first] = Ref(first)
        case ast.ImportFrom(module=source, names=names, level=level):
            base = _absolute(source, level, package)
            for alias in names:
                if alias.name == "*":
                    scope.stars.append(base)
                    scope.names.update(star_of(base))
                else:
                    scope.names[alias.asname or alias.name] = Ref(f"{base}.{alias.name}")
        case ast.Assign(targets=targets, value=value):
            found = evaluate(value, scope)
            for target in targets:
                bind(target, found, scope)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            bind(target, evaluate(value, scope), scope)
        case ast.AugAssign(target=ast.Name() as target, op=operator, value=value):
            before = named(target.id, scope)
            after = binary(before, operator, evaluate(value, scope), value)
            scope.names[target.id] = scope.budget.held(after)
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            scope.names[name] = statement
        case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            # What stands under ``else`` is what there is when the program runs.
            for inner in (*statement.body, *statement.orelse):
                bind_statement(inner, scope, package)
        case ast.Try(body=body):
            for inner in body:
                bind_statement(inner, scope, package)
        case _:
            return False
    return True


def _absolute(source: str | None, level: int, package: str) -> str:
    if not level:
        return source or ""
    parts = package.split(".") if package else []
    kept = parts[: len(parts) - (level - 1)] if level > 1 else parts
    return ".".join((*kept, source)) if source else ".".join(kept)
