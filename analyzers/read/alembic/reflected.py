"""Which database revisions were compared with: what autogenerate read there it wrote into them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from analyzers.read.cache import Cache
from analyzers.read.drivers import mysql_is_installed
from analyzers.trees import Tree

_EXISTING = re.compile(rb"\bexisting_type\s*=\s*(mysql|postgresql)\.[A-Z]")
_ENOUGH = 5
"""Revisions by which a program is known by: one or two may come of a developer's own database."""


def reflected_mysql(tree: Tree, paths: Sequence[str], cache: Cache) -> bool:
    """
    Whether the revisions at *paths* were made on a MySQL whose driver is asked for.

    Their ``existing_type=mysql.TINYINT(...)`` is what a database said; not so where others
    have a PostgreSQL's.
    """
    if not mysql_is_installed(tree):
        return False
    found: Counter[str] = Counter()
    tree.prefetch(paths)
    for path in paths:
        oid = tree.oid(path)
        kept: list[str] | None = cache.get("alembic-reflected-1", oid)
        if kept is None:
            kept = sorted({name.decode() for name in _EXISTING.findall(tree.read(path))})
            cache.put("alembic-reflected-1", oid, kept)
        found.update(kept)
    return found["mysql"] >= _ENOUGH and not found["postgresql"]
