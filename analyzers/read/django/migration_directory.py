"""The migrations of one directory: their place in the graph at once, what they do when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from weakref import WeakKeyDictionary, ref

from analyzers.read.cache import Cache
from analyzers.read.django.migrations import Content, ReadFile, read_head, read_source
from analyzers.trees import Tree
from analyzers.vocabulary import Later

CACHE = "django-migration-9"
CONTENTS = "django-migration-content-1"

_asked: WeakKeyDictionary[Cache, dict[str, Later]] = WeakKeyDictionary()
"""What the same file does is one thing in all trees of a review."""


class Directory:
    """
    The migrations of one directory of *tree*.

    What they do is read at the first question for it: mostly it is asked of few of them.
    Where it will be asked of nearly all, *whole* reads it at once.
    """

    def __init__(
        self, tree: Tree, paths: Sequence[str], cache: Cache, *, whole: bool = False
    ) -> None:
        self._tree = tree
        self._whole = whole
        # What is read of a tree is remembered by its cache, and must not keep that alive.
        self._cache = ref(cache)
        self._later = _asked.setdefault(cache, {})
        self._keys = {path: f"{tree.oid(path)}:{path}" for path in paths}
        self._sources: dict[str, bytes] = {}
        self._ahead = False

    def read(self, path: str) -> ReadFile:
        """The migration in *path*, without what it does; its app is empty."""
        key, cache = self._keys[path], self._cache()
        read: ReadFile | None = cache.get(CACHE, key) if cache is not None else None
        if read is None:
            source = self._tree.read(path)
            read = read_head(source, path) if not self._whole else None
            if read is not None:
                self._sources[path] = source
            else:
                read = read_source(source, path)
                if read.migration is not None:
                    self._later[key] = Later(partial(_itself, read.migration.content))
                    if cache is not None:
                        cache.put_apart(CONTENTS, key, read.migration.content)
                    read = replace(read, migration=replace(read.migration, held=None))
            if cache is not None:
                cache.put(CACHE, key, read)
        return read

    def later(self, path: str) -> Later:
        """What the migration in *path* does."""
        key = self._keys[path]
        if key not in self._later:
            self._later[key] = Later(partial(self._content, path))
        return self._later[key]

    def _content(self, path: str) -> Content:
        key, cache = self._keys[path], self._cache()
        source = self._sources.pop(path, None)
        if source is None:
            kept: Content | None = None
            if cache is not None:
                self._look_ahead(cache)
                kept = cache.apart(CONTENTS, key)
            if kept is not None:
                return kept
            source = self._tree.read(path)
        migration = read_source(source, path).migration
        if migration is None or not isinstance(migration.content, Content):
            # It was one when its head was read: its bytes are not here any more.
            return Content(operations_known=False)
        if cache is not None:
            cache.put_apart(CONTENTS, key, migration.content)
        return migration.content

    def _look_ahead(self, cache: Cache) -> None:
        """Who asks for one of them mostly asks for the next: bring what none of them has at hand."""
        if not self._ahead:
            self._ahead = True
            wanted = {key: path for path, key in self._keys.items() if path not in self._sources}
            kept = cache.ahead(CONTENTS, wanted)
            self._tree.prefetch(path for key, path in wanted.items() if key not in kept)


def _itself(value: object) -> object:
    return value


def is_read(tree: Tree, path: str, cache: Cache) -> bool:
    """Whether *path* is known from before, so that its content is not needed."""
    return cache.get(CACHE, f"{tree.oid(path)}:{path}") is not None
