"""
What a review keeps for the next one: one SQLite file a repository, in the user's cache directory.

It saves work and nothing else: a damaged file is thrown away, a locked one not waited for.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bot.program import program

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from typing import Any

    from analyzers.read.cache import MemoryCache

FORMAT = "7"
AT_ONCE = 500
"""Values asked of the file in one question."""

LARGEST = 64_000_000
"""Bytes of values kept for one repository; beyond, it starts anew."""

DOCUMENTS = 50
"""Whole reviews kept for one repository."""


class DiskCache:
    """
    Reads everything of a kind at the first question, and writes what is new at the end.

    What is kept apart is read value by value.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._loaded: dict[str, dict[str, Any]] = {}
        self._new: dict[str, dict[str, Any]] = {}
        self._apart: dict[tuple[str, str], Any] = {}
        self._new_apart: list[tuple[str, str]] = []
        self._unread: dict[tuple[str, str], bytes | None] = {}
        """What the file has of those that were looked for, as bytes; None where it has nothing."""
        self._documents: dict[str, bytes] = {}
        self.known: set[str] = set()
        """What the keys of values that were here begin with: ids of files, and digests."""

    def get(self, kind: str, key: str) -> Any | None:
        values = self._loaded.get(kind)
        if values is None:
            values = self._loaded[kind] = self._load(kind)
        value = values.get(key)
        if value is not None:
            self.known.add(key.partition(":")[0])
        return value

    def _there(self) -> bool:
        # As os.path has it: a folder that may not be looked into is none, and no error.
        return os.path.exists(self.file)

    def put(self, kind: str, key: str, value: Any) -> None:
        self._loaded.setdefault(kind, {})[key] = value
        self._new.setdefault(kind, {})[key] = value

    def apart(self, kind: str, key: str) -> Any | None:
        value = self._apart.get((kind, key))
        if value is None:
            if (kind, key) not in self._unread:
                self.ahead(kind, (key,))
            content = self._unread.pop((kind, key), None)
            if content is None:
                return None
            value = self._apart[kind, key] = self._read(content).get(key)
        if value is not None:
            self.known.add(key.partition(":")[0])
        return value

    def put_apart(self, kind: str, key: str, value: Any) -> None:
        self._apart[kind, key] = value
        self._new_apart.append((kind, key))

    def ahead(self, kind: str, keys: Iterable[str]) -> Collection[str]:
        keys = frozenset(keys)
        there = {key for key in keys if (kind, key) in self._apart}
        if not self._there():
            return there
        wanted = {_bytes(key): key for key in sorted(keys - there)}
        self._unread.update(((kind, key), None) for key in wanted.values())
        asked = [*wanted]
        try:
            with self._connected() as connection:
                for at in range(0, len(asked), AT_ONCE):
                    part = asked[at : at + AT_ONCE]
                    marks = ",".join("?" * len(part))
                    rows = connection.execute(
                        f"SELECT key, content FROM apart WHERE kind = ? AND key IN ({marks})",  # noqa: S608  marks alone
                        (_of_this(kind), *part),
                    )
                    self._unread.update(((kind, wanted[key]), content) for key, content in rows)
        except sqlite3.Error:
            self._thrown_away()
        return there | {k for k in wanted.values() if self._unread[kind, k] is not None}

    def _read(self, content: bytes) -> dict[str, Any]:
        from bot.kept_values import CannotBeReadError, loaded

        try:
            return loaded(content)
        except CannotBeReadError:
            self._thrown_away()
            return {}

    def _thrown_away(self) -> None:
        """Written by another version, or damaged: it is only a cache."""
        with suppress(OSError):
            self.file.unlink()

    def _load(self, kind: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if not self._there():
            return found
        # Loaded here: a whole review that is kept needs none of it.
        from bot.kept_values import CannotBeReadError, loaded

        try:
            with self._connected() as connection:
                rows = connection.execute(
                    "SELECT content FROM packs WHERE kind = ? ORDER BY id", (_of_this(kind),)
                )
                for (content,) in rows:
                    found.update(loaded(content))
        except (sqlite3.Error, CannotBeReadError):
            self._thrown_away()
            return {}
        return found

    def document(self, key: str) -> bytes | None:
        """The whole review that was kept as *key*, or None."""
        if not self._there():
            return None
        with suppress(sqlite3.Error), self._connected() as connection:
            rows = connection.execute("SELECT content FROM documents WHERE key = ?", (key,))
            for (content,) in rows:
                return bytes(content)
        return None

    def keep_document(self, key: str, content: bytes) -> None:
        """Keep a whole review; the oldest go."""
        self._documents[key] = content

    def forget(self) -> None:
        """Do not write what is new: it was made of less than there should have been."""
        self._new, self._new_apart, self._documents = {}, [], {}

    def save(self) -> None:
        """Write what is new; a failure costs the next review some work."""
        if not (self._new or self._new_apart or self._documents):
            return
        from bot.kept_values import CannotBeKeptError, dumped

        with suppress(sqlite3.Error, OSError, CannotBeKeptError):
            self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self._there() and self.file.stat().st_size > LARGEST:
                self.file.unlink()
            with self._connected() as connection:
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS packs (id INTEGER PRIMARY KEY, kind TEXT, content BLOB)"
                )
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS documents (id INTEGER PRIMARY KEY, key TEXT UNIQUE, content BLOB)"
                )
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS apart (kind TEXT, key BLOB, content BLOB, PRIMARY KEY (kind, key))"
                )
                connection.executemany(
                    "INSERT OR REPLACE INTO apart (kind, key, content) VALUES (?, ?, ?)",
                    (
                        (_of_this(kind), _bytes(key), dumped({key: self._apart[kind, key]}))
                        for kind, key in self._new_apart
                    ),
                )
                for kind, values in self._new.items():
                    content = dumped(values)
                    connection.execute(
                        "INSERT INTO packs (kind, content) VALUES (?, ?)",
                        (_of_this(kind), content),
                    )
                    self._pack(connection, kind)
                connection.executemany(
                    "INSERT OR REPLACE INTO documents (key, content) VALUES (?, ?)",
                    self._documents.items(),
                )
                connection.execute(
                    "DELETE FROM documents WHERE id <= (SELECT max(id) FROM documents) - ?",
                    (DOCUMENTS,),
                )
        self.forget()

    def _pack(self, connection: sqlite3.Connection, kind: str) -> None:
        """Many small packs become one, so that reading stays one read."""
        from bot.kept_values import dumped

        (count,) = connection.execute(
            "SELECT count(*) FROM packs WHERE kind = ?", (_of_this(kind),)
        ).fetchone()
        if count > 20 and kind in self._loaded:
            content = dumped(self._loaded[kind])
            row = (_of_this(kind), content)
            connection.execute("DELETE FROM packs WHERE kind = ?", row[:1])
            connection.execute("INSERT INTO packs (kind, content) VALUES (?, ?)", row)

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.file, timeout=2)
        try:
            with connection:
                yield connection
        finally:
            connection.close()


def _bytes(key: str) -> bytes:
    """*key* as the file has it: it may end with a path that is no UTF-8."""
    return key.encode(errors="surrogateescape")


def _of_this(kind: str) -> str:
    """*kind* as this program reads it: an older one may have understood less of the same file."""
    return f"{kind} {program()[:16]}"


@contextmanager
def repository_cache(path: Path, *, enabled: bool = True) -> Iterator[DiskCache | MemoryCache]:
    """The cache of the repository at *path*, saved at the end."""
    if not enabled:
        from analyzers.read.cache import MemoryCache

        yield MemoryCache()
        return
    name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:24]
    cache = DiskCache(_folder() / f"{name}-{FORMAT}.sqlite")
    yield cache
    cache.save()


def _folder() -> Path:
    """Where the caches of this user lie."""
    if sys.platform != "linux":
        from platformdirs import user_cache_path

        return user_cache_path("twostep")
    # As platformdirs finds it there, in a tenth of the time that loading it takes.
    told = os.environ.get("XDG_CACHE_HOME", "")
    caches = told if os.path.isabs(told) else os.path.expanduser("~/.cache")
    return Path(caches, "twostep")
