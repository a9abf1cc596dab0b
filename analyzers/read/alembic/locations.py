"""
Where the Alembic roots of a tree are: found by what files say, not by their names.

A root is a script directory (the one that holds ``env.py``) with its version
locations; each is a graph of its own. ``alembic.ini`` (whatever it is called),
``pyproject.toml`` and ``env.py`` are read, never run. A directory of revision
files that no configuration names is a root as well.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from analyzers import limits
from analyzers.read.alembic.config_files import sections_of
from analyzers.read.alembic.env_connections import LEVEL
from analyzers.read.alembic.env_files import Env, environments
from analyzers.read.alembic.location import DEFAULT_TEMPLATE, REVISION_FILE, Location, inside
from analyzers.read.cache import Cache
from analyzers.trees import Tree

_STAMPED = re.compile(r"(?:^|_)[0-9a-f]{12}(?:_|\.py$)")
_REVISION = re.compile(rb"^revision\b\s*[:=]", re.MULTILINE)
_DOWN_REVISION = re.compile(rb"^down_revision\b\s*[:=]", re.MULTILINE)
_GENERIC = frozenset(
    {"versions", "version", "migrations", "_migrations", "migration", "alembic", "src", "app", "db"}
    | {"database", "revisions", "lib", "server", "backend", "core"}
)
CACHE = "alembic-locations-8"


def find_locations(tree: Tree, cache: Cache) -> tuple[Location, ...]:
    """The Alembic roots of *tree* that hold revisions, sorted by directory."""
    digest = tree.digest()
    kept: tuple[Location, ...] | None = cache.get(CACHE, digest)
    if kept is None:
        kept = _found_locations(tree, cache)
        cache.put(CACHE, digest, kept)
    return kept


def _found_locations(tree: Tree, cache: Cache) -> tuple[Location, ...]:
    paths = tree.paths()[: limits.FILES]
    directories = _python_directories(paths)
    envs = environments(tree, paths, cache)
    above = _with_parents(directories)
    is_versions = _VersionsCheck(tree, directories, cache)
    roots: list[Location] = []
    taken: set[str] = set()
    configured = _configured(tree, paths, envs, above, cache)
    for location in configured:
        versions = _existing(location, directories, is_versions)
        versions = tuple(v for v in versions if v not in taken)
        if versions:
            taken.update(versions)
            dialect = _one_dialect(configured, location.versions)
            roots.append(replace(location, versions=versions, dialect=dialect))
    for script, env in sorted(envs.items()):
        if not any(root.script == script for root in roots):
            named = tuple(_resolve(v, script, above) or "" for v in env.version_locations)
            versions = tuple(v for v in named or (f"{script}/versions",) if is_versions(v))
            versions = tuple(v for v in versions if v not in taken)
            if versions:
                taken.update(versions)
                roots.append(_with_env(Location(versions=versions, script=script), env))
    below = [d for root in roots for d in root.versions]
    roots = [
        root
        if root.recursive
        else replace(root, nested=_nested(root.versions, directories, is_versions))
        for root in roots
    ]
    for directory in sorted(directories):
        if (
            directory in taken
            or any(directory.startswith(f"{d}/") for d in below)
            # Beside env.py, while its version locations hold revisions: Alembic does not look there.
            or any(directory == root.script for root in roots)
            or not _looks_like_versions(directory, directories[directory], envs)
            or not is_versions(directory)
        ):
            continue
        taken.add(directory)
        owner = next((s for s in sorted(envs, reverse=True) if inside(directory, s)), None)
        # A configuration whose own version location is empty (the program sets
        # it when it runs) still says how the files are named.
        template = next((c for c in configured if c.script == owner), Location(versions=()))
        location = replace(template, versions=(directory,), script=owner, recursive=False)
        roots.append(_with_env(location, envs[owner]) if owner is not None else location)
    roots.sort(key=lambda root: root.versions)
    return _named(roots)


def _one_dialect(configured: Sequence[Location], versions: tuple[str, ...]) -> str | None:
    """The database of all configurations of these *versions*; SQLite beside another is for tests."""
    said = {c.dialect for c in configured if c.versions == versions and c.dialect is not None}
    found = sorted(said - {"sqlite"} or said)
    return found[0] if len(found) == 1 else None


def _python_directories(paths: Sequence[str]) -> dict[str, list[str]]:
    """The Python files' names by directory."""
    found: dict[str, list[str]] = {}
    for path in paths:
        if path.endswith(".py"):
            directory, _, name = path.rpartition("/")
            found.setdefault(directory, []).append(name)
    return found


def _looks_like_versions(directory: str, names: Sequence[str], envs: Mapping[str, Env]) -> bool:
    """Whether it is worth opening files of *directory*: its name, theirs, or an env.py above."""
    last = directory.rpartition("/")[2]
    return (
        last in {"versions", "revisions"}
        or any(_STAMPED.search(name) for name in names)
        or any(inside(directory, script) for script in envs)
        or "alembic" in directory
    )


class _VersionsCheck:
    """Whether a directory directly holds a revision file; answers are kept."""

    def __init__(self, tree: Tree, directories: Mapping[str, Sequence[str]], cache: Cache) -> None:
        self._tree = tree
        self._directories = directories
        self._cache = cache
        self._known: dict[str, bool] = {}

    def __call__(self, directory: str) -> bool:
        if directory not in self._known:
            names = sorted(self._directories.get(directory, ()))
            # Files whose names carry an id come first: one look is then enough.
            names.sort(key=lambda name: not _STAMPED.search(name))
            self._known[directory] = any(
                REVISION_FILE.match(name) and self._is_revision(_join(directory, name))
                for name in names
            )
        return self._known[directory]

    def _is_revision(self, path: str) -> bool:
        oid = self._tree.oid(path)
        kept: bool | None = self._cache.get("alembic-is-revision-1", oid)
        if kept is None:
            content = self._tree.read(path)
            kept = bool(_REVISION.search(content) and _DOWN_REVISION.search(content))
            self._cache.put("alembic-is-revision-1", oid, kept)
        return kept


def _existing(
    location: Location,
    directories: Mapping[str, Sequence[str]],
    is_versions: _VersionsCheck,
) -> tuple[str, ...]:
    """The version locations of *location* that hold revisions."""
    if location.recursive:
        return tuple(
            v
            for v in location.versions
            if any(inside(d, v) and is_versions(d) for d in directories)
        )
    return tuple(v for v in location.versions if is_versions(v))


def _nested(
    versions: Sequence[str], directories: Mapping[str, Sequence[str]], is_versions: _VersionsCheck
) -> tuple[str, ...]:
    return tuple(
        directory
        for directory in sorted(directories)
        if directory not in versions
        and any(inside(directory, v) for v in versions)
        and is_versions(directory)
    )


def _configured(
    tree: Tree,
    paths: Sequence[str],
    envs: Mapping[str, Env],
    directories: frozenset[str],
    cache: Cache,
) -> list[Location]:
    """The roots that ini files and pyproject.toml name, whether they hold revisions or not."""
    found = []
    for path in paths:
        for section in sections_of(tree, path, cache):
            here = path.rpartition("/")[0]
            script = (
                _resolve(section.script_location, here, directories)
                if section.script_location
                # Flask-Migrate's alembic.ini stands next to env.py and names no location.
                else (here if here in envs else None)
            )
            if script is None:
                continue
            env = envs.get(script, Env())
            written = section.version_locations or env.version_locations
            versions = tuple(
                directory
                for text in written
                if (directory := _resolve(text, here, directories)) is not None
            )
            location = Location(
                versions=versions or (_join(script, "versions"),),
                recursive=section.recursive,
                script=script,
                config=path,
                file_template=section.file_template or DEFAULT_TEMPLATE,
                truncate_slug=section.truncate_slug or 40,
                dialect=section.dialect,
                autocommits=env.takes_options and section.isolation_level == LEVEL,
            )
            found.append(_with_env(location, env))
    return found


def _with_env(location: Location, env: Env) -> Location:
    autocommits = location.autocommits or env.autocommits
    return replace(
        location,
        transaction_per_migration=env.transaction_per_migration or autocommits,
        autocommits=autocommits,
        may_autocommit=autocommits or env.may_autocommit,
        begins_itself=env.begins_itself,
        compares_type=env.compares_type,
        compares_server_default=env.compares_server_default,
        filters=env.filters,
        flask=env.flask,
        search_path=env.search_path,
        batches=env.batches,
    )


def _resolve(written: str, here: str, directories: frozenset[str]) -> str | None:
    """
    The directory that *written* means: ``%(here)s``, ``package:folder``, or relative.

    Relative means to where the command is run, which the files do not say: the
    configuration's own directory is tried first, then those above it.
    """
    text = written.strip().replace("%(here)s", f"/{here}" if here else "/.")
    if ":" in text and "/" not in text:
        package = text.replace(":", "/").replace(".", "/")
        matching = [d for d in directories if d == package or d.endswith(f"/{package}")]
        return min(matching, key=lambda d: (not inside(d, here), len(d), d), default=None)
    if text.startswith("/"):
        path = posixpath.normpath(text).lstrip("/")
        return path if path in directories else None
    above = here
    while True:
        path = posixpath.normpath(_join(above, text))
        if not path.startswith("..") and path in directories:
            return "" if path == "." else path
        if not above:
            return None
        above = above.rpartition("/")[0]


def _with_parents(directories: Iterable[str]) -> frozenset[str]:
    """All directories that hold Python files, themselves or below."""
    found = {""}
    for directory in directories:
        parts = directory.split("/")
        found.update("/".join(parts[: n + 1]) for n in range(len(parts)))
    return frozenset(found)


def _named(roots: Iterable[Location]) -> tuple[Location, ...]:
    """
    The roots, each with a name of its own: the last telling part of its path.

    The name does not depend on where the folders above stand, so that a root
    that moves keeps it.
    """
    roots = tuple(roots)
    depth = 1
    while True:
        names = [_telling(root.versions[0], depth) for root in roots]
        if len(set(names)) == len(names) or depth > limits.PATH_PARTS:
            break
        depth += 1
    return tuple(replace(root, name=name) for root, name in zip(roots, names, strict=True))


def _telling(directory: str, parts: int) -> str:
    telling = [part for part in directory.split("/") if part not in _GENERIC]
    if parts > len(telling):
        return directory if parts > 1 else "alembic"
    return "/".join(telling[-parts:])


def _join(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory else name
