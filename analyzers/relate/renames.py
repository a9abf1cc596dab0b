"""Migrations whose file is gone while another that is added does the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from analyzers.limits import SAME_ID
from analyzers.relate.meaning import meaning
from analyzers.trees import Tree
from analyzers.vocabulary import Framework, Migration

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


def twins(before: Mapping[str, Migration], after: Mapping[str, Migration]) -> dict[str, Migration]:
    """
    Paths of revisions of *before* that are gone -> the added one that has its id.

    A whole root may move: its revisions keep their ids, whatever the root is called now.
    Of several roots with one id that goes where the others of its folder went.
    """
    old, new = _by_id(before, after), _by_id(after, before)
    pairs = [
        (one, two)
        for name in old.keys() & new.keys()
        for one in old[name][:SAME_ID]
        for two in new[name][:SAME_ID]
    ]
    common = Counter((_folder(one.path), _folder(two.path)) for one, two in pairs)

    def distance(pair: tuple[Migration, Migration]) -> tuple[int, int, str, str]:
        one, two = (_folder(m.path) for m in pair)
        shared = {*one.split("/")} & {*two.split("/")}
        return -common[one, two], -len(shared), pair[0].path, pair[1].path

    found: dict[str, Migration] = {}
    taken: set[str] = set()
    for one, two in sorted(pairs, key=distance):
        if one.path not in found and two.path not in taken:
            found[one.path] = two
            taken.add(two.path)
    return found


def _by_id(
    these: Mapping[str, Migration], others: Mapping[str, Migration]
) -> dict[str, list[Migration]]:
    """Revisions of *these* whose files *others* does not have, by their ids."""
    found: dict[str, list[Migration]] = {}
    for path, migration in these.items():
        if path not in others and migration.framework is Framework.ALEMBIC:
            found.setdefault(migration.key.name, []).append(migration)
    return found


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


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
