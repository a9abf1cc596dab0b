"""Committed revisions that move to a folder in which Alembic does not look for any."""

from __future__ import annotations

from analyzers import limits
from analyzers.read.alembic.location import Location, inside
from analyzers.relate.facts import Facts
from analyzers.relate.snapshot import Snapshot
from analyzers.trees import Tree
from analyzers.vocabulary import Framework, Migration

_SAID = b"version_locations"
_MAY_SAY = (".py", ".ini", ".toml", ".cfg", ".sh", ".mako", "Makefile")


def is_lost_to_alembic(facts: Facts, old: Migration, new: Migration) -> bool:
    """
    Whether the file of *old* moves below its folder, where Alembic does not look.

    It looks into folders of folders where ``recursive_version_locations`` is set, and where a
    program tells it of them. None may be told of where no file speaks of version locations.
    """
    if old.framework is not Framework.ALEMBIC:
        return False
    above, below = old.path.rpartition("/")[0], new.path.rpartition("/")[0]
    if above == below or not inside(below, above):
        return False
    before, after = _location(facts.base, above), _location(facts.merged, below)
    if before is None or after is None or after.recursive or after.script is None:
        return False
    # Where the base has such folders, it has a way to read them.
    folders = before.versions
    if any(one != other and inside(one, other) for one in folders for other in folders):
        return False
    return not _is_spoken_of(facts.merged.tree)


def _location(side: Snapshot, directory: str) -> Location | None:
    return next((r.location for r in side.alembic if directory in r.location.versions), None)


def _is_spoken_of(tree: Tree) -> bool:
    """Whether a file may tell Alembic where revisions are; all of them are asked, or it may."""
    paths = [path for path in tree.paths() if path.endswith(_MAY_SAY)]
    if len(paths) > limits.FILES:
        return True
    tree.prefetch(paths)
    return any(_SAID in _uncommented(tree.read(path), path) for path in paths)


def _uncommented(content: bytes, path: str) -> bytes:
    """*content* without the lines that are comments: the template of ``alembic.ini`` speaks of all options."""
    if not path.endswith((".ini", ".cfg", ".toml")) or _SAID not in content:
        return content
    lines = content.splitlines()
    return b"\n".join(line for line in lines if not line.lstrip().startswith((b"#", b";")))
