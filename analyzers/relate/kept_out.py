"""Which new files git's ignore rules keep out of the repository."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from analyzers.read.gitignore import IgnoredBy, ignored_by
from analyzers.relate.snapshot import Snapshot

CACHE = "ignored-by-1"
NEXT = "9999_next.py"
"""A name that a new migration may have."""


def kept_out(side: Snapshot) -> Callable[[str], IgnoredBy | None]:
    """What keeps a path out, remembered for as long as no ignore file changes."""
    tree = side.tree
    files = [path for path in tree.paths() if path.rpartition("/")[2] == ".gitignore"]
    state = hashlib.sha256(
        "\n".join(f"{path} {tree.oid(path)}" for path in files).encode(errors="surrogateescape")
    )

    def decide(path: str) -> IgnoredBy | None:
        key = f"{state.hexdigest()}:{path}"
        kept: tuple[IgnoredBy | None] | None = side.cache.get(CACHE, key)
        if kept is None:
            kept = (ignored_by(tree, path),)
            side.cache.put(CACHE, key, kept)
        return kept[0]

    return decide
