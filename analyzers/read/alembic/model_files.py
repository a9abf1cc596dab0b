"""Which files of a tree may hold SQLAlchemy models."""

from __future__ import annotations

import re
from collections.abc import Sequence

from analyzers import limits
from analyzers.read.cache import Cache
from analyzers.trees import Tree

_MARKS = re.compile(
    rb"Column\(|mapped_column|Mapped\[|\.Model\b|SQLModel|declarative_base|DeclarativeBase|\bTable\("
    # A class whose columns are all its abstract parent's.
    rb"|__table(?:name|_args)__"
)


def model_paths(tree: Tree, cache: Cache, outside: Sequence[str]) -> tuple[str, ...]:
    """The files of *tree* that may hold models; those below *outside* and tests apart."""
    found = []
    for path in tree.paths()[: limits.FILES]:
        if not path.endswith(".py") or path.startswith(tuple(f"{o}/" for o in outside)):
            continue
        parts = path.split("/")
        if parts[-1].startswith("test_") or {"tests", "test", "testing"}.intersection(parts[:-1]):
            continue
        oid = tree.oid(path)
        kept: bool | None = cache.get("alembic-model-file-2", oid)
        if kept is None:
            kept = _MARKS.search(tree.read(path)) is not None
            cache.put("alembic-model-file-2", oid, kept)
        if kept:
            found.append(path)
    return tuple(found)
