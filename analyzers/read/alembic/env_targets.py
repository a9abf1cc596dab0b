"""Which ``MetaData`` an ``env.py`` gives Alembic to compare with: its ``target_metadata``."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from analyzers.read.alembic.classes import Hierarchy
from analyzers.read.alembic.metadata_homes import Homes
from analyzers.read.alembic.model_values import ModelValues
from analyzers.read.alembic.modules import Modules
from analyzers.read.values import Call, Ref
from analyzers.trees import Tree

_NAME = "target_metadata"


def targets(tree: Tree, scripts: Iterable[str]) -> dict[str, str]:
    """The declarative base, or the ``MetaData``, of each of the script directories *scripts* that says it by one name."""
    modules = Modules(tree)
    values = ModelValues(modules)
    homes = Homes(modules, values, Hierarchy(modules, values))
    found = {}
    for script in scripts:
        module = modules.at(f"{script}/env.py")
        if module is None or _bound(module.tree) != 1:
            continue
        written = module.scope.look_up(_NAME)
        if isinstance(written, Ref | Call):
            base = homes.of(values.normal(written, module), module, written).base
            # What cannot be followed is named by the file itself, as no model is.
            if not base.startswith(f"{module.path}:"):
                found[script] = base
    return found


def _bound(module: ast.Module) -> int:
    """How often the module says what it compares with, in whichever branch."""
    return sum(
        isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == _NAME
        for node in ast.walk(module)
    )
