"""Whether the repository's own ignore files would keep a path out."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from analyzers.frozen import dataclass
from analyzers.trees import Tree

if TYPE_CHECKING:
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

LINES = 2_000
"""Patterns of one file that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoredBy:
    """The pattern that decides, and where it stands."""

    path: str
    line: int
    pattern: str


def ignored_by(tree: Tree, path: str) -> IgnoredBy | None:
    """
    The pattern that keeps *path* out; None where it would be added.

    As git reads them: the file nearest to the path decides, in it the last
    line that matches; a directory that is ignored takes all below with it.
    """
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        here = "/".join(parts[:depth])
        found = _decided(tree, parts, here + ("/" if depth < len(parts) else ""))
        if found is not None:
            return found
    return None


def _decided(tree: Tree, parts: list[str], target: str) -> IgnoredBy | None:
    levels = target.rstrip("/").count("/")
    for depth in range(levels, -1, -1):
        directory = "/".join(parts[:depth])
        file = f"{directory}/.gitignore" if directory else ".gitignore"
        try:
            content = tree.read(file)
        except KeyError:
            continue
        relative = target[len(directory) + 1 :] if directory else target
        verdict = _last_match(content, relative)
        if verdict is not None:
            number, pattern, ignored = verdict
            return IgnoredBy(path=file, line=number, pattern=pattern) if ignored else None
    return None


def _last_match(content: bytes, relative: str) -> tuple[int, str, bool] | None:
    for number, text, pattern in _patterns(content):
        if pattern.match_file(relative) is not None:
            return number, text, bool(pattern.include)
    return None


@lru_cache(maxsize=64)
def _patterns(content: bytes) -> tuple[tuple[int, str, GitIgnoreSpecPattern], ...]:
    """Line, text and pattern of a file, the last line first; one file is asked about for every app."""
    # Loaded when asked for: most reviews know the answers from before.
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    found = []
    lines = content.decode(errors="replace").splitlines()[:LINES]
    for number in range(len(lines), 0, -1):
        text = lines[number - 1].rstrip()
        if not text or text.startswith("#"):
            continue
        try:
            pattern = GitIgnoreSpecPattern(text)
        except ValueError:
            continue
        if pattern.include is not None:
            found.append((number, text, pattern))
    return tuple(found)
