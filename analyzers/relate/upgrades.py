"""Libraries that a change takes in another version."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from analyzers.read.drivers import requirements_of
from analyzers.trees import Tree


def comes_in_another_version(
    package: str, base: Tree, merged: Tree, changed: Collection[str]
) -> bool:
    """
    Whether what *base* requires of the library that brings *package* is another in *merged*.

    Told by the lines of requirements that name it: ``django-shop==3`` brings ``shop``.
    """
    named = re.compile(
        rb"(?<![a-z0-9])" + re.escape(package.lower().replace("_", "-").encode()) + rb"(?![a-z0-9])"
    )
    for path in requirements_of(base):
        if path in changed:
            before, after = (set(_lines(tree, path)) for tree in (base, merged))
            lines = {line for line in before ^ after if named.search(line)}
            if lines & before and lines & after:
                return True
    return False


def differs_in_version(package: str, base: Tree, merged: Tree) -> bool:
    """As ``comes_in_another_version``, of all files of requirements that are not the same in both trees."""
    paths = set(requirements_of(base)) & set(merged.paths())
    changed = {path for path in paths if base.oid(path) != merged.oid(path)}
    return comes_in_another_version(package, base, merged, changed)


def _lines(tree: Tree, path: str) -> Iterator[bytes]:
    """The lines of a file of requirements, in small letters, without comments."""
    try:
        content = tree.read(path)
    except KeyError:
        return
    for line in content.lower().replace(b"_", b"-").splitlines():
        text = line.partition(b"#")[0].strip()
        if text:
            yield text
