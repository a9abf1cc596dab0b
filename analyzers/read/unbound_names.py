"""Names that a file uses and that nothing in it binds: Python stops there with a NameError."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from analyzers.read.last_names import last_name

_BY_TEXT = frozenset(
    {"globals", "vars", "locals", "exec", "eval", "execfile", "setattr", "builtins", "importlib"}
)
"""What may give a module a name that its source does not spell."""
_KNOWN = frozenset(dir(builtins)) | {
    # Of newer Pythons, of Python 2, and what gettext installs.
    *("PythonFinalizationError", "ExceptionGroup", "BaseExceptionGroup", "aiter", "anext", "_"),
    *("unicode", "basestring", "long", "xrange", "reduce", "raw_input", "unichr", "file", "cmp"),
    *("apply", "buffer", "coerce", "execfile", "intern", "reload", "WindowsError"),
}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_CATCHES = (ast.Try, ast.TryStar)
_BRANCHES = (ast.If, ast.IfExp, ast.For, ast.While, ast.Match, ast.BoolOp, ast.With)


def unbound_at_load(module: ast.Module) -> ast.Name | None:
    """The first name that loading *module* comes to for certain, and that is bound nowhere in it."""
    bound = _bound(module)
    if bound is None:
        return None
    for statement in module.body:
        for name in _names(statement, _BRANCHES):
            if _is_unbound(name, bound):
                return name
    return None


def unbound_in(module: ast.Module, *functions: str) -> ast.Name | None:
    """The first name in the bodies of *functions* that is bound nowhere in *module*."""
    bound = _bound(module)
    if bound is None:
        return None
    for statement in module.body:
        if not isinstance(statement, _FUNCTIONS) or statement.name not in functions:
            continue
        for inner in statement.body:
            for name in _names(inner, ()):
                if _is_unbound(name, bound):
                    return name
            if isinstance(inner, ast.Raise | ast.Return):
                break  # what is left behind it is never come to
    return None


def _is_unbound(name: ast.Name, bound: set[str]) -> bool:
    known = name.id in bound or name.id in _KNOWN
    return not known and not (name.id.startswith("__") and name.id.endswith("__"))


def _names(statement: ast.stmt, passed_over: tuple[type[ast.AST], ...]) -> Iterator[ast.Name]:
    """
    The names that *statement* asks for, in the order of the source.

    What a ``try`` holds may be caught, and what a function within holds may never be called.
    Annotations are left out: many are never looked at.
    """
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        match node:
            case ast.Name(ctx=ast.Load()):
                yield node
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                defaults = (*node.args.defaults, *(d for d in node.args.kw_defaults if d))
                todo += reversed((*node.decorator_list, *defaults))
            case ast.AnnAssign(value=value):
                todo += [value] if value is not None else []
            case ast.Lambda() | ast.GeneratorExp():
                pass
            case ast.With(items=items) if any(map(_suppresses, items)):
                pass
            case _ if isinstance(node, (*_CATCHES, *passed_over)):
                pass
            case _:
                todo += reversed([*ast.iter_child_nodes(node)])


def _suppresses(item: ast.withitem) -> bool:
    call = item.context_expr
    return isinstance(call, ast.Call) and last_name(call.func) == "suppress"


def _bound(module: ast.Module) -> set[str] | None:
    """Every name that *module* binds anywhere, in whichever scope; None where it may bind more."""
    found: set[str] = set()
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                if name in _BY_TEXT:
                    return None
            case ast.Name(id=name) | ast.arg(arg=name):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)):
                found.add(name)
            case ast.alias(name="*") | ast.Attribute(attr="modules" | "__dict__"):
                return None
            case ast.alias(name=name, asname=asname):
                found.add(asname or name.partition(".")[0])
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
            case ast.MatchMapping(rest=str(name)):
                found.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                found.update(names)
            case _:
                # Parameters of types, which this Python may not know.
                if type(node).__name__ in {"TypeVar", "ParamSpec", "TypeVarTuple"}:
                    found.add(node.name)  # type: ignore[attr-defined]
    return found
