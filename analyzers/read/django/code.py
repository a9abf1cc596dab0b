"""What a ``RunPython`` function does, read from its body."""

from __future__ import annotations

import ast
from collections import Counter

from analyzers.frozen import dataclass
from analyzers.vocabulary import Place

WRITES = frozenset(
    {
        "save", "update", "delete", "create", "bulk_create", "bulk_update",
        "get_or_create", "update_or_create", "add", "set", "remove", "execute",
    }
)  # fmt: skip
BATCHES = frozenset(
    {"iterator", "Paginator", "batched", "chunked", "islice", "in_bulk", "batch_size", "chunk_size"}
)
NARROWING = frozenset(
    {"filter", "exclude", "values", "values_list", "only", "distinct", "first", "last", "none"}
)
_MANAGERS = frozenset({"objects", "_base_manager", "_default_manager"})
_WHOLE = frozenset({"select_related", "prefetch_related", "order_by", "using", "defer"})
"""What leaves a query its rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The reading of one function."""

    place: Place
    writes: bool = False
    loads_all: bool = False
    loop_place: Place | None = None
    batched: bool = False
    empty: bool = False
    imports: tuple[str, ...] = ()
    """Live model classes that it uses, dotted."""
    whole: tuple[tuple[str, str], ...] = ()
    """App and name of historical models of which one statement writes every row."""


def read_body(module: ast.Module, name: str, path: str) -> Body | None:
    """The body of the module-level function *name*; None where there is none."""
    function = next(
        (n for n in module.body if isinstance(n, ast.FunctionDef) and n.name == name), None
    )
    if function is None:
        return None
    helpers = {n.name: n for n in module.body if isinstance(n, ast.FunctionDef)}
    nodes = list(ast.walk(function))
    for called in {
        n.func.id for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    }:
        if called in helpers and called != name:
            nodes += ast.walk(helpers[called])
    names = {n.attr for n in nodes if isinstance(n, ast.Attribute)} | {
        n.id for n in nodes if isinstance(n, ast.Name)
    }
    keywords = {k.arg for n in nodes if isinstance(n, ast.Call) for k in n.keywords if k.arg}
    sliced = any(isinstance(n, ast.Subscript) and isinstance(n.slice, ast.Slice) for n in nodes)
    batched = (
        bool((names | keywords) & BATCHES) or sliced or any(isinstance(n, ast.While) for n in nodes)
    )
    once = _bound_once(nodes)
    loop = next(
        (
            n
            for n in nodes
            if isinstance(n, ast.For) and _whole_table(once.get(_name(n.iter), n.iter))
        ),
        None,
    )
    statements = [
        s
        for s in function.body
        if not isinstance(s, ast.Pass)
        and not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
        and not (isinstance(s, ast.Return) and s.value is None)
    ]
    return Body(
        place=Place(path, function.lineno, function.end_lineno or function.lineno),
        writes=bool(names & WRITES),
        loads_all=loop is not None,
        loop_place=Place(path, loop.lineno, loop.iter.end_lineno or loop.lineno) if loop else None,
        batched=batched,
        empty=not statements,
        imports=_live_models(module, nodes),
        whole=_wholly_written(nodes),
    )


def _wholly_written(nodes: list[ast.AST]) -> tuple[tuple[str, str], ...]:
    """Models whose manager is told ``update`` or ``delete`` with nothing that narrows it."""
    models: dict[str, tuple[str, str]] = {}
    for node in nodes:
        match node:
            case ast.Assign(
                targets=[ast.Name(id=bound)],
                value=ast.Call(
                    func=ast.Attribute(attr="get_model"),
                    args=[ast.Constant(value=str(app)), ast.Constant(value=str(model))],
                ),
            ):
                models[bound] = (app, model)
            case _:
                pass
    found = set()
    for node in nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr="update" | "delete", value=asked)):
                chain: list[str] = []
                while isinstance(asked, ast.Call | ast.Attribute):
                    if isinstance(asked, ast.Attribute):
                        chain.append(asked.attr)
                        asked = asked.value
                    else:
                        asked = asked.func
                managed = {*chain} <= {
                    "objects",
                    "_base_manager",
                    "_default_manager",
                    "all",
                    "using",
                }
                if isinstance(asked, ast.Name) and asked.id in models and chain and managed:
                    found.add(models[asked.id])
            case _:
                pass
    return tuple(sorted(found))


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _bound_once(nodes: list[ast.AST]) -> dict[str, ast.expr]:
    """The values of names that are bound once."""
    bound = Counter(n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return {
        name: value
        for node in nodes
        if isinstance(node, ast.Assign)
        for name, value in [(_name(node.targets[0]), node.value)]
        if len(node.targets) == 1 and bound[name] == 1
    }


def _whole_table(node: ast.expr) -> bool:
    """
    Whether a loop goes over ``X.objects.all()``, with nothing that narrows or batches it.

    ``X.objects.select_related(...)`` and the like are as whole.
    """
    called: list[str] = []
    current: ast.expr = node
    while True:
        if isinstance(current, ast.Call):
            current = current.func
        elif isinstance(current, ast.Attribute):
            called.append(current.attr)
            current = current.value
        else:
            break
    asked = {*called} - _MANAGERS
    return (
        len(asked) < len({*called})
        and bool(asked)
        and ("all" in asked or asked <= _WHOLE)
        and not (asked & (NARROWING | BATCHES))
    )


def _live_models(module: ast.Module, nodes: list[ast.AST]) -> tuple[str, ...]:
    """Classes imported from a module called ``models`` whose managers the function uses."""
    imported: dict[str, str] = {}
    inside = [n for n in nodes if isinstance(n, ast.ImportFrom)]
    for statement in (*module.body, *inside):
        if isinstance(statement, ast.ImportFrom) and statement.module:
            parts = statement.module.split(".")
            if "models" not in parts or statement.module.startswith("django."):
                continue
            for alias in statement.names:
                if alias.name[:1].isupper() and not alias.name.isupper():
                    imported[alias.asname or alias.name] = f"{statement.module}.{alias.name}"
    # ``User = apps.get_model(...)`` inside of the function means the historical one.
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            imported.pop(node.id, None)
    # Constants and enums of a models module do no harm; a manager asks the table.
    asked = {
        n.value.id
        for n in nodes
        if isinstance(n, ast.Attribute)
        and n.attr in {"objects", "_default_manager", "_base_manager"}
        and isinstance(n.value, ast.Name)
    }
    return tuple(sorted(imported[n] for n in imported if n in asked))
