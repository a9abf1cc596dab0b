"""
One spelling for what Django takes in several: its operations, ``Q``, indexes and a migration's own attributes.

Arguments by position or by name, those that say what is meant without them,
and models in whichever letters: Django makes the same of each.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Mapping

from analyzers.read.last_names import last_name
from analyzers.relate.scopes import bound_at_top

_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "AddConstraint": ("model_name", "constraint"),
    "AddField": ("model_name", "name", "field", "preserve_default"),
    "AddIndex": ("model_name", "index"),
    "AlterField": ("model_name", "name", "field", "preserve_default"),
    "AlterIndexTogether": ("name", "index_together"),
    "AlterModelManagers": ("name", "managers"),
    "AlterModelOptions": ("name", "options"),
    "AlterModelTable": ("name", "table"),
    "AlterOrderWithRespectTo": ("name", "order_with_respect_to"),
    "AlterUniqueTogether": ("name", "unique_together"),
    "CreateModel": ("name", "fields", "options", "bases", "managers"),
    "DeleteModel": ("name",),
    "RemoveConstraint": ("model_name", "name"),
    "RemoveField": ("model_name", "name"),
    "RemoveIndex": ("model_name", "name"),
    "RenameField": ("model_name", "old_name", "new_name"),
    "RenameIndex": ("model_name", "new_name", "old_name", "old_fields"),
    "RenameModel": ("old_name", "new_name"),
    "RunPython": ("code", "reverse_code", "atomic", "hints", "elidable"),
    "RunSQL": ("sql", "reverse_sql", "state_operations", "hints", "elidable"),
    "SeparateDatabaseAndState": ("database_operations", "state_operations"),
}
"""Django's operations and their arguments in the order of their positions."""

_UNSAID: Mapping[str, frozenset[object]] = {
    "preserve_default": frozenset({True}),
    "elidable": frozenset({False}),
    "atomic": frozenset({None}),
    "hints": frozenset({None}),
    "reverse_code": frozenset({None}),
    "reverse_sql": frozenset({None}),
    "state_operations": frozenset({None}),
    "old_name": frozenset({None}),
    "old_fields": frozenset({None}),
}
"""Arguments with the values that say what is meant without them."""

_ELIDED = frozenset({"RunPython", "RunSQL"})
"""Operations with an argument for ``squashmigrations`` alone: whether a squash may leave them out."""

_MODEL = {
    **{name: "model_name" for name, given in _ARGUMENTS.items() if given[0] == "model_name"},
    **{name: "name" for name, given in _ARGUMENTS.items() if name.startswith("Alter") and given[0] == "name"},
    "DeleteModel": "name",
    "RenameModel": "old_name",
}  # fmt: skip
"""The argument of each operation that names a model which is there: in any letters."""

_MEMBERS = frozenset({"Index", "UniqueConstraint"})
_DEFAULTS: Mapping[str, frozenset[object]] = {
    "atomic": frozenset({True}),
    "initial": frozenset({None}),
}
_NONE_GIVEN = frozenset({"dependencies", "operations", "replaces", "run_before"})


def as_django_takes_it(node: ast.Call) -> None:
    """*node*, changed in place, where it is an operation, a ``Q``, an index or a constraint."""
    name = last_name(node.func)
    for keyword in node.keywords:
        if (keyword.arg or "").endswith("__in"):
            keyword.value = _one_of(keyword.value)
    if any(isinstance(a, ast.Starred) for a in node.args) or not all(k.arg for k in node.keywords):
        return
    if name in _ARGUMENTS and len(node.args) <= len(_ARGUMENTS[name]):
        named = zip(_ARGUMENTS[name], node.args, strict=False)
        node.keywords = [*(ast.keyword(arg=n, value=v) for n, v in named), *node.keywords]
        node.args = []
        node.keywords = [k for k in node.keywords if not _is(k.value, _UNSAID.get(k.arg or ""))]
        if name in _ELIDED:
            node.keywords = [k for k in node.keywords if k.arg != "elidable"]
        for keyword in node.keywords:
            match keyword.value:
                case ast.Constant(value=str(model)) if keyword.arg == _MODEL.get(name):
                    keyword.value = ast.Constant(value=model.lower())
                case _:
                    pass
    elif name == "Q":
        special = [k for k in node.keywords if k.arg in {"_connector", "_negated"}]
        asked = sorted((k for k in node.keywords if k not in special), key=lambda k: k.arg or "")
        node.args = [_asked_as_written(a) for a in node.args]
        node.args += [
            ast.Tuple(elts=[ast.Constant(value=k.arg), k.value], ctx=ast.Load()) for k in asked
        ]
        node.keywords = special
    elif name in _MEMBERS:
        for keyword in node.keywords:
            if keyword.arg == "fields" and isinstance(keyword.value, ast.Tuple):
                keyword.value = ast.List(elts=keyword.value.elts, ctx=ast.Load())


def _asked_as_written(argument: ast.expr) -> ast.expr:
    """``("status__in", ...)`` with its values in no order."""
    match argument:
        case ast.Tuple(elts=[ast.Constant(value=str(lookup)) as key, value]) if lookup.endswith(
            "__in"
        ):
            return ast.Tuple(elts=[key, _one_of(value)], ctx=ast.Load())
        case _:
            return argument


def _one_of(values: ast.expr) -> ast.expr:
    """What ``__in`` is asked with: constants have no order there, in whichever container they stand."""
    match values:
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements) if (
            elements and all(isinstance(e, ast.Constant) for e in elements)
        ):
            return ast.Set(elts=sorted(elements, key=ast.dump))
        case _:
            return values


_MANAGERS = frozenset({"objects", "_base_manager", "_default_manager"})


def rows(source: ast.expr) -> ast.expr:
    """What a loop goes over: ``Order.objects.iterator()`` gives the rows of ``Order.objects.all()``."""
    match source:
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(attr=name) as manager, attr="iterator")
        ) if name in _MANAGERS:
            every = ast.Attribute(value=manager, attr="all", ctx=ast.Load())
            return ast.Call(func=every, args=[], keywords=[])
        case ast.Call(func=ast.Attribute(value=ast.Call() as query, attr="iterator")):
            return query
        case ast.Call(
            func=ast.Attribute(attr="iterator"),
            args=[],
            keywords=[ast.keyword(arg="chunk_size")],
        ):
            # As many rows at a time are fetched; the loop sees the same ones.
            return ast.Call(func=source.func, args=[], keywords=[])
        case _:
            return source


_OF_DJANGO = ("migrations.Migration", "db.migrations.migration.Migration")


def without_defaults(module: ast.Module) -> None:
    """Take attributes out of the class ``Migration`` that say what is meant without them."""
    for statement in module.body:
        if isinstance(statement, ast.ClassDef) and statement.name == "Migration":
            bound = Counter(bound_at_top(statement.body))
            only = {name for name in _NONE_GIVEN if bound[name] == 1}
            bases = [ast.unparse(base) for base in statement.bases]
            if len(bases) != 1 or not bases[0].endswith(_OF_DJANGO):
                # What another class says would be said again.
                only = set()
            kept = [inner for inner in statement.body if not _says_the_usual(inner, only)]
            statement.body = kept or [ast.Pass()]


def _says_the_usual(statement: ast.stmt, empty: Collection[str]) -> bool:
    """Whether *statement* binds what is so without it; *empty* are the names that are no list then."""
    match statement:
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Set(elts=[]),
        ) if name in empty:
            return True
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return _is(value, _DEFAULTS.get(name))
        case _:
            return False


def _is(value: ast.expr, any_of: frozenset[object] | None) -> bool:
    """Whether *value* is one of these constants; 1 is not True."""
    if any_of is None or not isinstance(value, ast.Constant):
        return False
    return any(value.value is one for one in any_of)


class Unannotated(ast.NodeTransformer):
    """
    Bindings without their annotations.

    In a class these may mean something (a dataclass has fields by them), but in ``Migration``.
    """

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        own = node.name == "Migration"
        node.body = [
            self.visit(inner) if own or not isinstance(inner, ast.AnnAssign) else inner
            for inner in node.body
        ]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        self.generic_visit(node)
        if node.value is None:
            return node
        return ast.copy_location(ast.Assign(targets=[node.target], value=node.value), node)
