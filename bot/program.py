"""Which program this is, with the libraries it runs on: another one may read and judge otherwise."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGES = ("analyzers", "bot")
_LIBRARIES = ("site-packages", "dist-packages")


@cache
def program() -> str:
    """
    The program as it stands on the disk, as one name.

    Whoever installs another version of a library makes and removes entries in the folder
    that all of them lie in: that folder's own time tells.
    """
    root = Path(__file__).parent.parent
    files = sorted(stamp for package in PACKAGES for stamp in _stamps(str(root / package)))
    folders = [p for p in sys.path if p.endswith(_LIBRARIES) and os.path.isdir(p)]
    libraries = [[folder, os.stat(folder).st_mtime_ns] for folder in folders]
    return hashlib.sha256(json.dumps([sys.version, files, libraries]).encode()).hexdigest()


def _stamps(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                status = entry.stat()
                yield entry.path, status.st_size, status.st_mtime_ns
            elif "." not in entry.name and entry.name != "__pycache__" and entry.is_dir():
                yield from _stamps(entry.path)
