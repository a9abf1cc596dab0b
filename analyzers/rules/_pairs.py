"""Findings of ``migration-does-not-load`` on migrations that are named in another form than ``(app, name)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.findings import Finding
from analyzers.frozen import dataclass
from analyzers.read.sources import parse
from analyzers.relate.facts import Facts
from analyzers.trees import Tree
from analyzers.vocabulary import Framework, Place

_LISTS = frozenset({"dependencies", "run_before", "replaces"})
_MARKS = frozenset({"__first__", "__latest__"})


@dataclass(frozen=True, slots=True)
class _Unfit:
    """Something in a list of migrations that names none."""

    within: str
    element: ast.expr


def no_pair(facts: Facts, app: str, path: str) -> Finding | None:
    """A migration of Django's that is new or changed and names others in a way of which no graph is made."""
    label = facts.label(app)
    found = next(_unfit(facts.merged.tree, path, label), None)
    if found is None or next(_unfit(facts.base.tree, path, label), None) is not None:
        return None
    said, pair = ast.unparse(found.element), found.element
    why = "Every command that loads the migrations stops"
    if isinstance(pair, ast.List) and len(pair.elts) == 2:
        why += " at it with a TypeError: unhashable type: 'list'."
    elif found.within == "dependencies" and not isinstance(pair, ast.List):
        why += f": NodeNotFoundError: Migration {label}.{_stem(path)} dependencies reference nonexistent parent node {said}."
    else:
        why += " at it."
    return Finding(
        rule="migration-does-not-load",
        framework=Framework.DJANGO,
        place=Place(path, pair.lineno, pair.end_lineno or pair.lineno),
        app=app,
        migration=_stem(path),
        message=f"`{said[:80]}` in `{found.within}` names no migration: that takes a tuple of two texts.",
        why=why,
        remedy='Write it as `("app", "name")`, and all of them in one list.',
        identity=(found.within, said),
    )


def _unfit(tree: Tree, path: str, label: str) -> Iterator[_Unfit]:
    try:
        module = parse(tree.read(path))
    except KeyError:
        return
    for statement in module.body if isinstance(module, ast.Module) else ():
        if not isinstance(statement, ast.ClassDef) or statement.name != "Migration":
            continue
        for inner in statement.body:
            match inner:
                case ast.Assign(
                    targets=[ast.Name(id=name)],
                    value=ast.List(elts=elements) | ast.Tuple(elts=elements),
                ) if name in _LISTS:
                    yield from (_Unfit(name, e) for e in elements if _stops(name, e, label))
                case _:
                    pass


def _stops(name: str, element: ast.expr, label: str) -> bool:
    """Whether Django certainly stops at *element* of the list *name*."""
    match element:
        case ast.List(elts=[ast.Constant(value=str(app)), ast.Constant(value=str(mark))]):
            # Of the app itself Django passes over these two before it looks for them.
            return not (app == label and mark in _MARKS)
        case ast.List():
            return name == "dependencies"
        case ast.Constant(value=str()):
            return name == "dependencies"
        case ast.Tuple(elts=parts) if all(isinstance(p, ast.Constant) for p in parts):
            return name == "dependencies" and len(parts) != 2
        case _:
            return False


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".py")
