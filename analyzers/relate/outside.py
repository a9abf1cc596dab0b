"""Models that a library may have now: an app that moves there, and whose files hand on what it has."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.read.sources import Unparsed, parse
from analyzers.relate.gaps import Gap
from analyzers.relate.view import View
from analyzers.trees import Tree


def comes_from_outside(gap: Gap, base: View, merged: View) -> bool:
    """
    Whether a changed file of the app takes the model of *gap*, or all that there is, from a module that is not here.

    ``from shared.shop.models import *`` in an app's ``models.py``: its models may say that they are the app's.
    """
    app = next((a for a in merged.reading.apps if a.name == gap.app), None)
    prefix = f"{app.package}/" if app is not None and app.package else ""
    for path in merged.project.python:
        if path.startswith(prefix) and "/migrations/" not in path:
            new = _taken(merged, path, gap.model)
            if new and not new <= _taken(base, path, gap.model):
                return True
    return False


def _taken(view: View, path: str, model: str) -> frozenset[tuple[str, str]]:
    """The modules outside of the tree from which *path* takes *model* or all, and which of the two."""
    content = _content(view.tree, path)
    if b"*" not in content and model.encode() not in content:
        return frozenset()
    module = parse(content)
    if isinstance(module, Unparsed):
        return frozenset()
    return frozenset(
        (source, name)
        for source, name in _imported(module)
        if name in {"*", model}
        and not source.startswith("django.")
        and view.project.path_of(source) is None
    )


def _imported(module: ast.Module) -> Iterator[tuple[str, str]]:
    for statement in module.body:
        if isinstance(statement, ast.ImportFrom) and not statement.level and statement.module:
            for alias in statement.names:
                yield statement.module, alias.asname or alias.name


def _content(tree: Tree, path: str) -> bytes:
    try:
        return tree.read(path)
    except KeyError:
        return b""
