"""Which files of a tree may hold SQLAlchemy models, and whether one makes their tables, or finds revisions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from analyzers import limits
from analyzers.read.cache import Cache
from analyzers.trees import Tree

_MARKS = re.compile(
    rb"Column\(|mapped_column|Mapped\[|\.Model\b|SQLModel|declarative_base|DeclarativeBase|\bTable\("
    # A class whose columns are all its abstract parent's.
    rb"|__table(?:name|_args)__"
    # A type that columns elsewhere have.
    rb"|\bTypeDecorator\b"
)


_MAKES_ALL = re.compile(rb"^[^#\n]*\.create_all\(", re.MULTILINE)

_FINDS_LOCATIONS = re.compile(
    rb"""^[^#\n]*\bset_main_option\(\s*["']version_locations["']\s*,(?!\s*["'][^"']*["']\s*\))""",
    re.MULTILINE,
)


def makes_all_tables(tree: Tree, cache: Cache, outside: Sequence[str]) -> bool:
    """Whether the program itself calls ``create_all``, which makes the tables that are not there."""
    return any(_holding(_MAKES_ALL, "alembic-create-all-1", tree, cache, outside))


def finds_locations(tree: Tree, cache: Cache, outside: Sequence[str]) -> bool:
    """Whether the program tells Alembic where revisions stand as it runs: in packages that it finds, mostly."""
    return any(_holding(_FINDS_LOCATIONS, "alembic-finds-locations-1", tree, cache, outside))


def model_paths(tree: Tree, cache: Cache, outside: Sequence[str]) -> tuple[str, ...]:
    """The files of *tree* that may hold models; those below *outside* and tests apart."""
    return tuple(_holding(_MARKS, "alembic-model-file-3", tree, cache, outside))


def _holding(
    pattern: re.Pattern[bytes], kind: str, tree: Tree, cache: Cache, outside: Sequence[str]
) -> Iterator[str]:
    """The files of the program in which *pattern* is found; *cache* keeps the answer as of *kind*."""
    for path in _program(tree, outside):
        oid = tree.oid(path)
        kept: bool | None = cache.get(kind, oid)
        if kept is None:
            kept = pattern.search(tree.read(path)) is not None
            cache.put(kind, oid, kept)
        if kept:
            yield path


def _program(tree: Tree, outside: Sequence[str]) -> Iterator[str]:
    """The Python files of *tree*; those below *outside* and tests apart."""
    for path in tree.paths()[: limits.FILES]:
        if not path.endswith(".py") or path.startswith(tuple(f"{o}/" for o in outside)):
            continue
        parts = path.split("/")
        if parts[-1].startswith("test_") or {"tests", "test", "testing"}.intersection(parts[:-1]):
            continue
        if parts[-1] != "conftest.py":
            yield path
