"""The Alembic roots of a tree with their revisions: what the graph is built from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from analyzers import limits
from analyzers.findings import Unknown
from analyzers.frozen import dataclass
from analyzers.read.alembic.imports import Constants, resolve_imports
from analyzers.read.alembic.location import Location, revision_paths
from analyzers.read.alembic.locations import find_locations
from analyzers.read.alembic.revisions import Revision, Unreadable, migration_of, read_revision
from analyzers.read.cache import Cache
from analyzers.trees import Tree
from analyzers.vocabulary import Migration, Place

_LEGACY = re.compile(r"[a-f0-9]+\.py$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """
    One Alembic root as read.

    ``complete`` is False where a file of it could not be read: what seems to
    be missing may then be in that file.
    """

    location: Location
    migrations: tuple[Migration, ...]
    """Every revision file, sorted by path; two may carry one id."""
    unknown: tuple[Unknown, ...] = ()
    strangers: tuple[str, ...] = ()
    """Files in a version location that declare no revision: Alembic refuses them."""

    @property
    def complete(self) -> bool:
        return not self.unknown

    @property
    def refused(self) -> tuple[str, ...]:
        """The strangers whose names are no ids either, as old revisions' were: Alembic stops at them."""
        names = ((path, path.rpartition("/")[2]) for path in self.strangers)
        known = self.location.script is not None and not self.location.recursive
        return tuple(path for path, name in names if known and not _LEGACY.match(name))

    @property
    def by_id(self) -> dict[str, Migration]:
        """The revisions by id; of two with one id the last file's, as Alembic does."""
        return {migration.key.name: migration for migration in self.migrations}

    @property
    def duplicates(self) -> tuple[tuple[Migration, ...], ...]:
        """Groups of files that carry one id, sorted by it."""
        groups: dict[str, list[Migration]] = {}
        for migration in self.migrations:
            groups.setdefault(migration.key.name, []).append(migration)
        return tuple(tuple(group) for _, group in sorted(groups.items()) if len(group) > 1)


def read_roots(
    tree: Tree, cache: Cache, *, alone: bool, exclude: tuple[str, ...] = ()
) -> tuple[Root, ...]:
    """
    The Alembic roots of *tree*, sorted by directory, without the files that patterns of *exclude* fit.

    *alone* says that neither this tree nor those it is compared with has more
    than one root; it is then simply called ``alembic``.
    """
    locations = _locations(tree, cache, exclude)
    if alone:
        locations = tuple(replace(location, name="alembic") for location in locations)
    return _together(tree, [_read_root(tree, location, cache) for location in locations], cache)


def at_most_one_root(trees: Sequence[Tree], cache: Cache, *, exclude: tuple[str, ...] = ()) -> bool:
    """Whether none of *trees* has more than one Alembic root that is read."""
    return all(len(_locations(tree, cache, exclude)) <= 1 for tree in trees)


def _locations(tree: Tree, cache: Cache, exclude: tuple[str, ...]) -> tuple[Location, ...]:
    """Those of *tree* of which *exclude* leaves something."""
    found = find_locations(tree, cache)
    if not exclude:
        return found
    read = (replace(location, exclude=exclude) for location in found)
    return tuple(location for location in read if revision_paths(tree, location))


def _together(tree: Tree, roots: list[Root], cache: Cache) -> tuple[Root, ...]:
    """
    *roots*, with directories that Alembic cannot run by themselves put to the root that theirs wait for.

    A program with plugins tells Alembic of their directories when it runs; the revisions
    name each other in ``depends_on`` across them, by ids or labels, and share no id.
    """
    parts = [_Part(root) for root in roots]
    programs = [part for part in parts if _runs(tree, part.root)]
    loose = [part for part in parts if part not in programs]
    if len(loose) > limits.LOOSE_DIRECTORIES:
        return tuple(roots)
    apart = True
    while apart:
        apart = False
        for part in loose:
            owners = [program for program in programs if program.is_one_with(part)]
            if len(owners) == 1:
                owners[0].take(part)
                loose.remove(part)
                apart = True
                break
    return tuple(part.whole(tree, cache) for part in parts if part in programs or part in loose)


class _Part:
    """A root, and the directories that have been put to it."""

    def __init__(self, root: Root) -> None:
        self.root = root
        self._versions = root.location.versions
        known = root.by_id.values()
        self._ids = {migration.key.name for migration in known}
        self._answers = self._ids.union(*(migration.branch_labels for migration in known))
        self._waits = {parent.name for migration in known for parent in migration.depends_on}

    def is_one_with(self, other: _Part) -> bool:
        """
        Whether revisions of this one wait for some of *other*, or the other way about.

        To continue them is another thing: what stands ready for a test does that as well.
        """
        return self._ids.isdisjoint(other._ids) and not (
            self._waits.isdisjoint(other._answers) and other._waits.isdisjoint(self._answers)
        )

    def take(self, other: _Part) -> None:
        """Have the directories of *other* as well."""
        self._versions += other._versions
        self._ids |= other._ids
        self._answers |= other._answers
        self._waits |= other._waits

    def whole(self, tree: Tree, cache: Cache) -> Root:
        """The root, read with what has been put to it."""
        location = self.root.location
        if self._versions == location.versions:
            return self.root
        return _read_files(tree, replace(location, versions=self._versions), cache)


def _runs(tree: Tree, root: Root) -> bool:
    """Whether Alembic can run *root*: a configuration names it, and an ``env.py`` is there."""
    if root.location.script is None:
        return False
    try:
        return bool(tree.oid(f"{root.location.script}/env.py".removeprefix("./")))
    except KeyError:
        return False


def _read_root(tree: Tree, location: Location, cache: Cache) -> Root:
    root = _read_files(tree, location, cache)
    if not location.nested:
        return root
    # Some projects tell Alembic of the folders below when they run. Where those
    # revisions follow on the root's they are of one graph; an archive's do not.
    whole = replace(location, versions=(*location.versions, *location.nested), nested=())
    known = root.by_id
    joined = _read_files(tree, whole, cache)
    below = [m for m in joined.migrations if m.key.name not in known]
    follows = any(p.name in known for m in below for p in (*m.parents, *m.depends_on))
    return joined if follows else root


def _read_files(tree: Tree, location: Location, cache: Cache) -> Root:
    paths = revision_paths(tree, location)[: limits.REVISIONS]
    tree.prefetch(paths)
    migrations: list[Migration] = []
    unknown: list[Unknown] = []
    strangers: list[str] = []
    constants = Constants(tree)
    for path in paths:
        reading = resolve_imports(read_revision(tree, path, cache), path, constants)
        if isinstance(reading, Revision):
            made = migration_of(reading, path, location.name)
            migrations.append(replace(made, atomic=False) if location.autocommits else made)
        elif isinstance(reading, Unreadable):
            place = Place(path, reading.line, reading.line)
            unknown.append(Unknown(place=place, reason=reading.reason))
        else:
            strangers.append(path)
    return Root(
        location=location,
        migrations=tuple(migrations),
        unknown=tuple(unknown),
        strangers=tuple(strangers),
    )
