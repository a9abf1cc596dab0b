"""
The history tables of SQLAlchemy's own recipe, ``examples/versioned_history``.

A mixin with ``__mapper_cls__``, or with another hook that SQLAlchemy calls once a class is
mapped, gives each of its classes a second table, ``orders_history``, with copies of the
columns and a ``version``, which the first table gets as well. Autogenerate asks for both;
so do the programs that write them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from analyzers.read.alembic.classes import ModelClass, lineage
from analyzers.read.alembic.naming import index_name
from analyzers.read.alembic.own_table import MappedTable
from analyzers.vocabulary import Column, Index, Table

_HOOKS = frozenset({"__mapper_cls__", "__declare_last__", "__init_subclass__"})
"""Methods in which the recipe is told of a class; SQLAlchemy 2 has left the first behind."""

_VERSION = "version"


@dataclass(frozen=True, slots=True)
class _Recipe:
    """How a module makes histories."""

    ending: str | None
    """What it puts behind a table's name; None where it makes none that are known."""
    anew: bool
    """Whether it makes columns anew, and copies none."""


Recipes = dict[ast.Module, _Recipe]
"""What is known of modules that classes get a hook from: each is looked through once."""


def with_history(
    made: ModelClass, name: str, table: MappedTable, recipes: Recipes
) -> Iterator[tuple[str, MappedTable]]:
    """*table*, which the class *made* has under *name*, and its history where a mixin keeps one."""
    recipe = None if name.startswith("+") else _recipe(made, recipes)
    ending = recipe.ending if recipe is not None else None
    if recipe is None or ending is None or table.table.column(_VERSION) is not None:
        yield name, table
        return
    version = Column(name=_VERSION, type="integer", null=False, client_default=True)
    columns = (*table.table.columns, version)
    yield name, replace(table, table=replace(table.table, columns=columns))
    yield name + ending, _history(made, table, table.table.name + ending, anew=recipe.anew)


def _recipe(made: ModelClass, recipes: Recipes) -> _Recipe | None:
    for owner in lineage(made):
        if any(isinstance(s, ast.FunctionDef) and s.name in _HOOKS for s in owner.node.body):
            tree = owner.module.tree
            if tree not in recipes:
                recipes[tree] = _Recipe(_ending(tree), _written_out(tree))
            return recipes[tree]
    return None


def _ending(module: ast.Module) -> str | None:
    """What the recipe in *module* puts behind a table's name; None where it is another one, with columns of its own."""
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call)]
    endings = {e for call in calls for e in _suffix(call)}
    columns = {
        a.value
        for call in calls
        for a in call.args[:1]
        if _called(call) == "Column" and isinstance(a, ast.Constant)
    }
    appended = sum(_called(call) == "append_column" for call in calls)
    return endings.pop() if len(endings) == 1 and columns == {_VERSION} and appended else None


def _suffix(call: ast.Call) -> Iterator[str]:
    match call.args[:1]:
        case [
            ast.BinOp(
                left=ast.Attribute(attr="name"),
                op=ast.Add(),
                right=ast.Constant(value=str(suffix)),
            )
        ] | [
            ast.JoinedStr(
                values=[
                    ast.FormattedValue(value=ast.Attribute(attr="name"), format_spec=None),
                    ast.Constant(value=str(suffix)),
                ]
            )
        ] if _called(call) == "Table":
            yield suffix
        case _:
            pass


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def _written_out(module: ast.Module) -> bool:
    """Whether the recipe in *module* makes the columns anew, ``Column(c.name, c.type, ...)``, and copies none."""
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call)]
    if any(_called(call) in {"copy", "_copy"} and not call.args for call in calls):
        return False
    return any(
        _called(call) == "Column"
        and isinstance(call.args[0], ast.Attribute)
        and call.args[0].attr == "name"
        for call in calls
        if call.args
    )


def _history(made: ModelClass, table: MappedTable, name: str, *, anew: bool) -> MappedTable:
    """
    Copies of the columns with their indexes; a column of a table is copied without its foreign key.

    Columns that are made anew have no index, no key and no default of the server.
    """
    columns = [
        replace(c, unique=False, server_default=None if c.null else c.server_default)
        for c in table.table.columns
    ]
    if anew:
        columns = [
            replace(c, primary_key=False, indexed=False, server_default=None) for c in columns
        ]
    version = Column(name=_VERSION, type="integer", null=False, primary_key=True)
    indexes = tuple(
        Index(name=index_name(made.convention, name, c.name), columns=(c.name,))
        for c in columns
        if c.indexed
    )
    copied = Table(
        name=name,
        model=None,
        columns=(*columns, version),
        indexes=indexes,
        complete=table.table.complete,
    )
    return replace(table, table=copied)
