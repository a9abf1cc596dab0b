"""
Migrations whose code asks for models of an app that nothing lets them wait for.

``apps.get_model`` knows the apps of which a migration was played before. Only
what is certain counts: a label in so many words, asked for whenever the
function of a ``RunPython`` runs.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from analyzers.frozen import dataclass
from analyzers.read.django.migrations import SWAPPABLE
from analyzers.read.last_names import last_name
from analyzers.read.sources import Unparsed, parse
from analyzers.relate.facts import Facts
from analyzers.relate.graph import MigrationGraph
from analyzers.relate.inlined import bindings
from analyzers.vocabulary import Key, Migration, Place

_USER = f"{SWAPPABLE}AUTH_USER_MODEL"


@dataclass(frozen=True, slots=True)
class Asked:
    """A migration that may run before the first one of the app that it asks for."""

    migration: Migration
    label: str
    """The app that it asks for."""
    place: Place
    """The line that asks."""
    first: bool
    """Whether ``migrate`` comes to it first on an empty database."""
    leaf: Key | None
    """The app's last migration, where the asking one can wait for it."""


def asked_too_early(facts: Facts) -> Iterator[Asked]:
    """What the pull request's migrations ask for too early, by migration."""
    graph = facts.merged.django_graph
    if graph.missing or graph.cycles:
        return
    apps = facts.merged.django.apps
    by_label = {app.label: app.name for app in apps}
    if len(by_label) != len(apps):
        # Several projects: which app a label means is for their settings to say.
        return
    for migration in facts.added(graph):
        if migration.replaces or migration.key in graph.squashes or not migration.readable:
            continue
        for label, line in _asked(facts.merged.tree.read(migration.path)).items():
            app = by_label.get(label)
            if app is None or app == migration.key.app or not graph.nodes(app):
                continue
            before = graph.ancestors(migration.key)
            if any(key.app == app for key in before) or not _known(facts, graph, before, label):
                continue
            yield Asked(
                migration,
                label,
                Place(migration.path, line, line),
                first=user_of(facts) not in {None, label}
                and all(
                    graph.position[key] > graph.position[migration.key] for key in graph.nodes(app)
                ),
                leaf=next(
                    (
                        leaf
                        for leaf in graph.leaf_nodes(app)
                        if migration.key not in graph.ancestors(leaf)
                    ),
                    None,
                ),
            )


def user_of(facts: Facts) -> str | None:
    """The app of the user's model; None where that is not known."""
    model = facts.views[1].user_model
    return model.partition(".")[0] if model is not None else None


def _known(facts: Facts, graph: MigrationGraph, before: frozenset[Key], label: str) -> bool:
    """Whether it is seen what all of *before* wait for: migrations of packages may wait for the user's model."""
    here = {name for app in facts.merged.django.apps for name in (app.label, app.name)}
    user = user_of(facts)
    for key in before:
        migration = graph.migrations[key]
        if not migration.parents_known or not migration.readable:
            return False
        for parent in migration.parents:
            swapped = parent.app.startswith(SWAPPABLE)
            if swapped and parent.app != _USER:
                return False
            if (swapped or parent.app not in here) and user in {None, label}:
                return False
    return True


def _asked(content: bytes) -> dict[str, int]:
    """The labels of apps whose models the way forward always asks for, and the lines that do so."""
    if b"get_model" not in content or b"RunPython" not in content:
        return {}
    module = parse(content)
    if isinstance(module, Unparsed):
        return {}
    bound = Counter(bindings(module))
    # One that stands twice may be either.
    functions = {
        s.name: s for s in module.body if isinstance(s, ast.FunctionDef) and bound[s.name] == 1
    }
    found: dict[str, int] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and last_name(node.func) == "RunPython":
            code = next((k.value for k in node.keywords if k.arg == "code"), None)
            code = node.args[0] if node.args else code
            function = functions.get(code.id) if isinstance(code, ast.Name) else None
            if function is None or not function.args.args or function.decorator_list:
                continue
            apps = function.args.args[0].arg
            if apps not in bindings(ast.Module(function.body, [])):
                for label, line in _labels(function.body, apps):
                    found.setdefault(label, line)
    return found


def _labels(body: list[ast.stmt], apps: str) -> Iterator[tuple[str, int]]:
    """What *body* asks *apps* for before anything may lead out of it."""
    for statement in body:
        match statement:
            case ast.With(items=items, body=inner) if all(
                isinstance(i.context_expr, ast.Call) and last_name(i.context_expr.func) == "atomic"
                for i in items
            ):
                yield from _labels(inner, apps)
            case ast.Assign(value=value) | ast.Expr(value=value) | ast.For(iter=value):
                yield from _in_expression(value, apps)
            case ast.Import() | ast.ImportFrom() | ast.Pass():
                pass
            case _:
                return
        if any(isinstance(node, _LEAVES) for node in ast.walk(statement)):
            return


_LEAVES = (ast.Return, ast.Raise)
_PERHAPS = (
    ast.BoolOp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.IfExp,
    ast.Lambda,
    ast.ListComp,
    ast.NamedExpr,
    ast.SetComp,
    ast.Yield,
)
"""What may not come to all that is in it."""


def _in_expression(value: ast.expr, apps: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(value):
        if isinstance(node, _PERHAPS):
            return
        label = _label(node, apps) if isinstance(node, ast.Call) else None
        if label is not None:
            yield label, value.lineno


def _label(call: ast.Call, apps: str) -> str | None:
    """The app of ``apps.get_model("billing", "Invoice")``, in each of its forms; None where it is no such call."""
    match call.func:
        case ast.Attribute(value=ast.Name(id=holder), attr="get_model") if holder == apps:
            pass
        case _:
            return None
    given = {k.arg: k.value for k in call.keywords}
    first = call.args[0] if call.args else given.get("app_label")
    model = call.args[1] if len(call.args) > 1 else given.get("model_name")
    match first, model:
        case ast.Constant(value=str(label)), None:
            app, dot, _ = label.partition(".")
            return app if dot else None
        case ast.Constant(value=str(label)), _:
            return label
        case _:
            return None
