"""Migrations whose file is gone while another that is added does the same."""

from __future__ import annotations

from collections.abc import Mapping

from analyzers.relate.meaning import meaning
from analyzers.trees import Tree
from analyzers.vocabulary import Migration

_ONE_DJANGO_S = b"preserve_default=True"
"""What Django 1.7 alone writes: a file without it that does the same was made anew, not moved."""


def renames(
    base: Tree, merged: Tree, before: Mapping[str, Migration], after: Mapping[str, Migration]
) -> dict[str, Migration]:
    """
    Paths of *before* that are not in *merged* -> the added migration that does what was there.

    Each of the added ones stands for one: those without operations, which join others, are all alike.
    Of these none that an added squash replaces has become another.
    """
    added = [m for path, m in after.items() if path not in before]
    if not added:
        return {}
    meanings: dict[str, dict[str, str] | None] = {}
    here = set(merged.paths())
    replaced = {(m.framework, m.key.app, old.name) for m in added for old in m.replaces}
    found = {}
    for path, migration in sorted(before.items()):
        known = (migration.framework, migration.key.app, migration.key.name)
        if path not in here and (known not in replaced or migration.operation_count):
            new = _renamed(base, merged, migration, added, meanings)
            if new is not None:
                found[path] = new
                added.remove(new)
    return found


def _renamed(
    base: Tree,
    merged: Tree,
    before: Migration,
    added: list[Migration],
    meanings: dict[str, dict[str, str] | None],
) -> Migration | None:
    """An added migration that does what *before* did; its parents may differ, as they do after a rename."""
    old = base.read(before.path)
    parts = meaning(old)
    if parts is None:
        return None
    here = before.path.rpartition("/")[0]
    name = before.path.rpartition("/")[2]

    def distance(other: Migration) -> tuple[bool, bool, str]:
        elsewhere = other.path.rpartition("/")[0] != here
        return elsewhere, other.key.app != before.key.app, other.path

    for candidate in sorted(added, key=distance):
        directory, _, other_name = candidate.path.rpartition("/")
        if candidate.framework is not before.framework or any(
            old.name == before.key.name for old in candidate.replaces
        ):
            continue
        if directory != here and other_name != name:
            # Two apps often have the same small migration; only a moved file keeps its name.
            continue
        if candidate.path not in meanings:
            meanings[candidate.path] = meaning(merged.read(candidate.path))
        other = meanings[candidate.path]
        if other is None or not _alike(parts, other):
            continue
        if (_ONE_DJANGO_S in old) == (_ONE_DJANGO_S in merged.read(candidate.path)):
            return candidate
    return None


def _alike(one: dict[str, str], two: dict[str, str]) -> bool:
    """Equal operations and code, and at least some of them."""
    own = {"dependencies", "imports", "revision", "down_revision", "replaces", "initial"}
    names = {*one, *two} - own
    return all(one.get(n) == two.get(n) for n in names) and (
        "operations" in one or "upgrade" in one or len(names) > 1
    )
