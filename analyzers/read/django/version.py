"""
Which Django a project runs on, where its lock and requirement files leave no doubt.

What Django does to a table is not the same in every version, nor is what it
understands: ``db_default`` came with 5.0.
"""

from __future__ import annotations

import re

from analyzers.config import Config
from analyzers.trees import Tree

Version = tuple[int, int]
"""Major and minor: 4.2, 5.0."""

NEWEST: Version = (6, 0)
"""The newest major version that is known of: of what a later one does otherwise nothing can be said."""

_DEPTH = 3
"""Folders below which a file is another program's, an example's, or the documentation's."""
_LOOKED_AT = 40
"""Files that are read; the nearest to the root come first."""
_LARGEST = 8_000_000
"""Bytes of a lock file; the largest met have 2 MB."""

_LOCKED = {
    name: re.compile(pattern, re.M | re.I)
    for name, pattern in {
        "uv.lock": rb'^name = "django"\r?\nversion = "(\d+)\.(\d+)',
        "poetry.lock": rb'^name = "django"\r?\nversion = "(\d+)\.(\d+)',
        "pdm.lock": rb'^name = "django"\r?\nversion = "(\d+)\.(\d+)',
        "Pipfile.lock": rb'"django":\s*\{[^{}]*"version":\s*"==(\d+)\.(\d+)',
    }.items()
}
_REQUIRED = re.compile(r"(?:requirements|constraints)[\w.-]*\.(?:txt|in)$", re.I)
_PINNED = re.compile(rb"^\s*django(?:\[[^\]\n]*\])?\s*===?\s*(\d+)\.(\d+)", re.M | re.I)
_FROM = re.compile(
    rb"""(?:^|["'])\s*django(?:\[[^\]\n]*\])?\s*((?:[~><=!]=|[<>])[^"'\n;#]*)""", re.M | re.I
)
_POETRY = re.compile(
    rb"""^django\s*=\s*(?:\{[^}\n]*version\s*=\s*)?["']([^"'\n]+)["']""", re.M | re.I
)


def django_version(tree: Tree, config: Config) -> Version | None:
    """
    The version that all files of *tree* agree on, or the configured one; None where it is not certain.

    Of a range within one major version it is the oldest: what holds there is
    understood by all.
    """
    if config.django.version is not None:
        said = re.match(r"(\d+)\.(\d+)", config.django.version)
        return (int(said[1]), int(said[2])) if said else None
    paths = _files(tree)
    tree.prefetch(paths)
    pinned: set[Version] = set()
    ranged: set[Version | None] = set()
    for path in paths:
        try:
            content = tree.read(path)
        except KeyError:
            continue
        if len(content) > _LARGEST:
            continue
        locked = _LOCKED.get(path.rpartition("/")[2])
        versions = (locked or _PINNED).findall(content)
        pinned |= {(int(major), int(minor)) for major, minor in versions}
        if locked is not None:
            continue  # the ranges in it are what others ask for
        for said in (*_FROM.findall(content), *_poetry(path, content)):
            ranged.add(_oldest(said.decode("ascii", "replace")))
    certain = pinned or ranged
    return next(iter(certain)) if len(certain) == 1 else None


def _files(tree: Tree) -> list[str]:
    """Lock and requirement files, the nearest to the root first."""
    found = [(path.count("/"), path) for path in tree.paths() if may_say_version(path)]
    return [path for _, path in sorted(found)[:_LOOKED_AT]]


def may_say_version(path: str) -> bool:
    """Whether *path* is a lock or requirement file of the project's own."""
    if path.count("/") > _DEPTH:
        return False
    folder, _, name = path.rpartition("/")
    if name in _LOCKED or name in {"pyproject.toml", "setup.cfg", "Pipfile"}:
        return True
    in_folder = folder.rpartition("/")[2] == "requirements" and name.endswith((".txt", ".in"))
    return in_folder or _REQUIRED.match(name) is not None


def _poetry(path: str, content: bytes) -> list[bytes]:
    """What a table of dependencies says of Django, the name on the left."""
    return _POETRY.findall(content) if path.endswith(("pyproject.toml", "Pipfile")) else []


def _oldest(said: str) -> Version | None:
    """The oldest version that a range allows, where it stays within one major version, or begins with the newest."""
    parts = [part.strip() for part in said.split(",")]
    lower: Version | None = None
    within = False
    for part in parts:
        found = re.match(r"(===?|~=|>=|>|<=|<|\^|~)?\s*(\d+)(?:\.(\d+))?", part)
        if found is None:
            return None
        sign, major, minor = found[1] or "==", int(found[2]), int(found[3] or 0)
        if sign in {"==", "===", "~=", "^", "~"}:
            lower, within = (major, minor), True
        elif sign in {">=", ">"}:
            lower = (major, minor)
        elif lower is not None:
            within = within or (major, minor) <= (lower[0] + 1, 0)
    return lower if within or (lower is not None and lower >= NEWEST) else None
