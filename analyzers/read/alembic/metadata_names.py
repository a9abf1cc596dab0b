"""Which ``MetaData`` something belongs to, the file and the name that bind it, and what it is given afterwards."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from analyzers.read.alembic.evaluate import evaluate
from analyzers.read.alembic.modules import Module, Modules
from analyzers.read.values import Call, Ref, Value

_HOLDERS = frozenset(
    {"registry", "declarative_base", "automap_base", "as_declarative", "as_declarative_base"}
    | {"generate_base"}
)
"""What is given a ``MetaData``, or a registry that has one."""


def metadata_name(value: object, home: Module, modules: Modules, depth: int = 8) -> str | None:
    """
    The name of the ``MetaData`` that *value* of the module *home* is, holds, or is made with.

    None where it has none of its own, or one that no name is given.
    """
    if depth <= 0:
        return None
    match value:
        case Ref(name):
            holder, _, last = name.rpartition(".")
            found = modules.value(name, home.path)
            if found is None:
                # ``Base.metadata`` of an imported name.
                within = last in {"metadata", "registry"} and holder
                return metadata_name(Ref(holder), home, modules, depth - 1) if within else None
            made, there = found
            if isinstance(made, Call) and _last(made) == "MetaData":
                return f"{there.path}:{last}"
            if isinstance(made, ast.AST):
                return None
            return metadata_name(made, there, modules, depth - 1)
        case Call(func=".", args=(inner, "metadata" | "registry")):
            return metadata_name(inner, home, modules, depth - 1)
        case Call() if _last(value) == "MetaData":
            return _bound(value, home)
        case Call() if _last(value) in _HOLDERS:
            given = value.get("metadata", registry_of(value))
            return metadata_name(given, home, modules, depth - 1)
        case _:
            return None


def registry_of(maker: Call) -> Value:
    """The registry whose method *maker* calls: ``reg.generate_base()``; None for other calls."""
    holder, _, method = maker.func.rpartition(".")
    if method not in {"generate_base", "as_declarative_base"}:
        return None
    if holder:
        return Ref(holder)
    return maker.args[0] if maker.args else None


def metadata_of(maker: Call, home: Module, normal: Callable[[Value, Module], Value]) -> Value:
    """The ``MetaData`` of what makes a base: its own, or its registry's."""
    said = maker.get("metadata")
    if said is None:
        registry = normal(registry_of(maker), home)
        said = registry.get("metadata") if isinstance(registry, Call) else None
    return normal(said, home)


def convention_afterwards(
    names: Iterable[str | None], modules: Modules, normal: Callable[[Value, Module], Value]
) -> Value:
    """
    The naming convention that a ``MetaData`` is given in a statement of its own; None where it is given none.

    ``db.Model.metadata.naming_convention = {...}``, in the file that makes what holds it.
    *names* are those of the ``MetaData`` and of its holder, each behind its file's: ``shop/models.py:db``.
    """
    for path, _, name in (full.rpartition(":") for full in names if full is not None):
        home = modules.at(path)
        holders = {name, f"{name}.metadata", f"{name}.Model.metadata"}
        for statement in home.tree.body if home is not None and name else ():
            match statement:
                case ast.Assign(
                    targets=[ast.Attribute(value=of, attr="naming_convention")], value=value
                ) if home is not None and ast.unparse(of) in holders:
                    return normal(evaluate(value, home.scope), home)
                case _:
                    pass
    return None


def _bound(made: Call, home: Module) -> str | None:
    """The first name that *home* gives to the very call *made*."""
    for name, bound in home.scope.names.items():
        if isinstance(bound, Call) and bound == made and bound.line == made.line:
            return f"{home.path}:{name}"
    return None


def _last(call: Call) -> str:
    return call.func.rpartition(".")[2]
