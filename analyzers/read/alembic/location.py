"""One Alembic root: where its revisions are, and what its configuration says of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analyzers.config import fits
from analyzers.frozen import dataclass
from analyzers.trees import Tree

if TYPE_CHECKING:
    from analyzers.read.alembic.filters import Filter

REVISION_FILE = re.compile(r"(?!\.\#|__init__)(.*\.py)$")
"""The names that Alembic takes for revision files in a version location."""

DEFAULT_TEMPLATE = "%(rev)s_%(slug)s"

_DIALECTS = frozenset({"postgresql", "mysql", "mariadb", "sqlite"})
_WRITTEN = {"postgres": "postgresql", "psql": "postgresql", "pgsql": "postgresql"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """One Alembic root: the directories whose revisions form one graph."""

    name: str = "alembic"
    """The root's name in reviews; unique in its tree."""
    versions: tuple[str, ...]
    nested: tuple[str, ...] = ()
    """Folders below that hold revisions too, which no configuration names."""
    recursive: bool = False
    script: str | None = None
    """The directory of ``env.py``."""
    config: str | None = None
    """The file that configures it, where there is one."""
    file_template: str = DEFAULT_TEMPLATE
    truncate_slug: int = 40
    dialect: str | None = None
    """The database that the configured address names."""
    transaction_per_migration: bool = False
    autocommits: bool = False
    """Whether its connection commits each statement by itself, so that there is no transaction."""
    may_autocommit: bool = False
    """Whether ``env.py`` speaks of connections that do, in whatever way, or is told elsewhere how to commit."""
    begins_itself: bool = False
    """Whether ``env.py`` begins the transaction without Alembic, in which there is no ``autocommit_block()``."""
    compares_type: bool = True
    """What autogenerate compares: Alembic's default since 1.12."""
    compares_server_default: bool = False
    filters: tuple[Filter, ...] = ()
    """What leaves some objects out of autogenerate."""
    flask: bool = False
    """Whether ``env.py`` asks Flask's application, so that ``flask db`` runs it and not ``alembic``."""

    search_path: bool = False
    """Whether ``env.py`` speaks of the search path: revisions may leave a schema to it."""

    batches: bool = False
    """Whether autogenerate writes batches here, which SQLite needs."""
    exclude: tuple[str, ...] = ()
    """Patterns of paths that are not read, as the configuration says."""

    @property
    def program(self) -> str:
        """What is run with ``upgrade`` or ``downgrade``."""
        return "flask db" if self.flask else "alembic"

    @property
    def autogenerate(self) -> str:
        """What writes a revision of what the models say."""
        return "flask db migrate" if self.flask else "alembic revision --autogenerate"

    @property
    def without_models(self) -> tuple[str, ...]:
        """The folders in which no model of the program stands, if copies of old ones: those of its revisions."""
        script = self.script or ""
        named = re.search(r"alembic|migrat", script.rpartition("/")[2])
        return (*self.versions, *((script,) if named else ()))


def revision_paths(tree: Tree, location: Location) -> tuple[str, ...]:
    """The paths of *tree* that Alembic would load for *location*, sorted."""
    found = []
    for path in tree.paths():
        directory, _, name = path.rpartition("/")
        if not REVISION_FILE.match(name) or "__pycache__" in directory:
            continue
        if directory in location.versions or (
            location.recursive and any(inside(directory, v) for v in location.versions)
        ):
            found.append(path)
    if location.exclude:
        found = [p for p in found if not any(fits(p, each) for each in location.exclude)]
    return tuple(found)


def dialect_of(location: Location) -> str | None:
    """The database that a root's address names."""
    return location.dialect if location.dialect in _DIALECTS else None


def dialect_of_folder(location: Location, *, several: bool) -> str | None:
    """
    The database that the folder of a root's revisions is named after; None where it is not.

    One of *several* roots may have it as a word in the name of a folder above as well:
    ``sqlite_files/migrations/versions``.
    """
    *above, last = location.versions[0].split("/")
    if last in _DIALECTS or not several:
        return last if last in _DIALECTS else None
    words = {word for part in (*above[-2:], last) for word in re.split(r"[_-]", part.lower())}
    found = {_WRITTEN.get(word, word) for word in words} & _DIALECTS
    return found.pop() if len(found) == 1 else None


def inside(directory: str, above: str) -> bool:
    """Whether *directory* is *above* or below it."""
    return not above or directory == above or directory.startswith(f"{above}/")
