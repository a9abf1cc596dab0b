"""
Where the Alembic roots of a tree are: found by what files say, not by their names.

A root is a script directory (the one that holds ``env.py``) with its version
locations; each is a graph of its own. ``alembic.ini`` (whatever it is called),
``pyproject.toml`` and ``env.py`` are read, never run. A directory of revision
files that no configuration names is a root as well.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from analyzers import limits
from analyzers.frozen import dataclass
from analyzers.read.alembic.filters import Filter, filters_of
from analyzers.read.cache import Cache
from analyzers.read.sources import Unparsed, parse
from analyzers.trees import Tree

REVISION_FILE = re.compile(r"(?!\.\#|__init__)(.*\.py)$")
"""The names that Alembic takes for revision files in a version location."""

DEFAULT_TEMPLATE = "%(rev)s_%(slug)s"

_DIALECTS = frozenset({"postgresql", "mysql", "mariadb", "sqlite"})
_STAMPED = re.compile(r"(?:^|_)[0-9a-f]{12}(?:_|\.py$)")
_REVISION = re.compile(rb"^revision\b\s*[:=]", re.MULTILINE)
_DOWN_REVISION = re.compile(rb"^down_revision\b\s*[:=]", re.MULTILINE)
_GENERIC = frozenset(
    {"versions", "version", "migrations", "_migrations", "migration", "alembic", "src", "app", "db"}
    | {"database", "revisions", "lib", "server", "backend", "core"}
)


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
    compares_type: bool = True
    """What autogenerate compares: Alembic's default since 1.12."""
    compares_server_default: bool = False
    filters: tuple[Filter, ...] = ()
    """What leaves some objects out of autogenerate."""
    flask: bool = False
    """Whether ``env.py`` asks Flask's application, so that ``flask db`` runs it and not ``alembic``."""

    batches: bool = False
    """Whether autogenerate writes batches here, which SQLite needs."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Env:
    """What an ``env.py`` says; ``alembic`` is False where it is none of Alembic's."""

    alembic: bool = False
    version_locations: tuple[str, ...] = ()
    transaction_per_migration: bool = False
    compares_type: bool = True
    compares_server_default: bool = False
    filters: tuple[Filter, ...] = ()
    flask: bool = False
    batches: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """One configured environment, as written."""

    script_location: str | None
    version_locations: tuple[str, ...] | None
    recursive: bool = False
    file_template: str | None = None
    truncate_slug: int | None = None
    dialect: str | None = None


CACHE = "alembic-locations-4"


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
    envs = _environments(tree, paths, cache)
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
            roots.append(replace(location, versions=versions))
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
        owner = next((s for s in sorted(envs, reverse=True) if _inside(directory, s)), None)
        # A configuration whose own version location is empty (the program sets
        # it when it runs) still says how the files are named.
        template = next((c for c in configured if c.script == owner), Location(versions=()))
        location = replace(template, versions=(directory,), script=owner, recursive=False)
        roots.append(_with_env(location, envs[owner]) if owner is not None else location)
    roots.sort(key=lambda root: root.versions)
    return _named(roots)


def revision_paths(tree: Tree, location: Location) -> tuple[str, ...]:
    """The paths of *tree* that Alembic would load for *location*, sorted."""
    found = []
    for path in tree.paths():
        directory, _, name = path.rpartition("/")
        if not REVISION_FILE.match(name) or "__pycache__" in directory:
            continue
        if directory in location.versions or (
            location.recursive and any(_inside(directory, v) for v in location.versions)
        ):
            found.append(path)
    return tuple(found)


def dialect_of(location: Location, configured: str) -> str:
    """The database that a root is for: its address's, its folder's name, or the *configured* one."""
    if location.dialect in _DIALECTS:
        return location.dialect or configured
    last = location.versions[0].rpartition("/")[2]
    return last if last in _DIALECTS else configured


def _python_directories(paths: Sequence[str]) -> dict[str, list[str]]:
    """The Python files' names by directory."""
    found: dict[str, list[str]] = {}
    for path in paths:
        if path.endswith(".py"):
            directory, _, name = path.rpartition("/")
            found.setdefault(directory, []).append(name)
    return found


def _looks_like_versions(directory: str, names: Sequence[str], envs: Mapping[str, _Env]) -> bool:
    """Whether it is worth opening files of *directory*: its name, theirs, or an env.py above."""
    last = directory.rpartition("/")[2]
    return (
        last in {"versions", "revisions"}
        or any(_STAMPED.search(name) for name in names)
        or any(_inside(directory, script) for script in envs)
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
            if any(_inside(d, v) and is_versions(d) for d in directories)
        )
    return tuple(v for v in location.versions if is_versions(v))


def _nested(
    versions: Sequence[str], directories: Mapping[str, Sequence[str]], is_versions: _VersionsCheck
) -> tuple[str, ...]:
    return tuple(
        directory
        for directory in sorted(directories)
        if directory not in versions
        and any(_inside(directory, v) for v in versions)
        and is_versions(directory)
    )


def _configured(
    tree: Tree,
    paths: Sequence[str],
    envs: Mapping[str, _Env],
    directories: frozenset[str],
    cache: Cache,
) -> list[Location]:
    """The roots that ini files and pyproject.toml name, whether they hold revisions or not."""
    found = []
    for path in paths:
        for section in _sections(tree, path, cache):
            here = path.rpartition("/")[0]
            script = (
                _resolve(section.script_location, here, directories)
                if section.script_location
                # Flask-Migrate's alembic.ini stands next to env.py and names no location.
                else (here if here in envs else None)
            )
            if script is None:
                continue
            env = envs.get(script, _Env())
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
            )
            found.append(_with_env(location, env))
    return found


def _with_env(location: Location, env: _Env) -> Location:
    return replace(
        location,
        transaction_per_migration=env.transaction_per_migration,
        compares_type=env.compares_type,
        compares_server_default=env.compares_server_default,
        filters=env.filters,
        flask=env.flask,
        batches=env.batches,
    )


def _sections(tree: Tree, path: str, cache: Cache) -> tuple[_Section, ...]:
    """The environments that the configuration file *path* describes; () for all other files."""
    name = path.rpartition("/")[2]
    if name != "pyproject.toml" and not name.endswith((".ini", ".cfg")):
        return ()
    oid = tree.oid(path)
    kept: tuple[_Section, ...] | None = cache.get("alembic-config-2", f"{oid}:{name}")
    if kept is None:
        content = tree.read(path)
        kept = ()
        named = b"alembic" in content or b"script_location" in content
        if len(content) <= limits.SOURCE_BYTES and named:
            text = content.decode("utf-8", "replace")
            kept = _toml_sections(text) if name == "pyproject.toml" else _ini_sections(text)
        cache.put("alembic-config-2", f"{oid}:{name}", kept)
    return kept


def _ini_sections(text: str) -> tuple[_Section, ...]:
    import configparser

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return ()
    found = []
    for name in parser.sections():
        options = parser[name]
        script = options.get("script_location")
        if script is None and name != "alembic":
            continue
        written = options.get("version_locations")
        separator = options.get("path_separator") or options.get("version_path_separator")
        slug = options.get("truncate_slug_length", "")
        found.append(
            _Section(
                script_location=script,
                version_locations=_split(written, separator) if written else None,
                recursive=options.get("recursive_version_locations", "").strip().lower() == "true",
                # Without interpolation, what the file doubles for it is still doubled.
                file_template=(options.get("file_template") or "").replace("%%", "%") or None,
                truncate_slug=int(slug) if slug.strip().isdecimal() else None,
                dialect=_dialect(options.get("sqlalchemy.url", "")),
            )
        )
    return tuple(found)


def _split(written: str, separator: str | None) -> tuple[str, ...]:
    """The locations of one option, split as Alembic does."""
    characters = {"space": " ", "newline": "\n", "os": ":", ":": ":", ";": ";"}
    character = characters.get((separator or "").strip())
    parts = written.split(character) if character else re.split(r", *|\s+", written)
    return tuple(part.strip() for part in parts if part.strip())


def _toml_sections(text: str) -> tuple[_Section, ...]:
    import tomllib

    try:
        options = tomllib.loads(text).get("tool", {}).get("alembic")
    except (tomllib.TOMLDecodeError, AttributeError, RecursionError):
        return ()
    if not isinstance(options, dict) or not isinstance(options.get("script_location"), str):
        return ()
    written = options.get("version_locations")
    slug = options.get("truncate_slug_length")
    template = options.get("file_template")
    return (
        _Section(
            script_location=options["script_location"],
            version_locations=(
                tuple(part for part in written if isinstance(part, str))
                if isinstance(written, list)
                else None
            ),
            recursive=options.get("recursive_version_locations") is True,
            file_template=template.replace("%%", "%") if isinstance(template, str) else None,
            truncate_slug=slug if isinstance(slug, int) else None,
        ),
    )


def _dialect(url: str) -> str | None:
    """The database's name of an address such as ``postgresql+psycopg://...``."""
    found = re.match(r"([a-z]+)(?:\+\w+)?://", url.strip())
    if found is None or found[1] == "driver":
        return None
    return "postgresql" if found[1] == "postgres" else found[1]


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
        return min(matching, key=lambda d: (not _inside(d, here), len(d), d), default=None)
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


def _environments(tree: Tree, paths: Sequence[str], cache: Cache) -> dict[str, _Env]:
    """What each Alembic ``env.py`` says, by its directory."""
    found = {}
    for path in paths:
        directory, _, name = path.rpartition("/")
        if name != "env.py":
            continue
        oid = tree.oid(path)
        env: _Env | None = cache.get("alembic-env-4", oid)
        if env is None:
            env = _read_env(tree.read(path))
            cache.put("alembic-env-4", oid, env)
        if env.alembic:
            found[directory] = env
    return found


def _read_env(content: bytes) -> _Env:
    """What is said by the text of an ``env.py``; it is parsed, never run."""
    if b"alembic" not in content or len(content) > limits.SOURCE_BYTES:
        return _Env()
    module = parse(content)
    if isinstance(module, Unparsed):
        # A template, or Python of another time: that it is Alembic's is all there is to know.
        return _Env(alembic=b"run_migrations" in content)
    locations: tuple[str, ...] = ()
    settings: dict[str, object] = {}
    filters: tuple[Filter, ...] = ()
    runs = flask = False
    for node in ast.walk(module):
        match node:
            case ast.Assign(targets=[ast.Attribute(attr="version_locations")], value=value):
                locations = _texts(value) or locations
            case ast.Call(func=ast.Attribute(attr="run_migrations")):
                runs = True
            case ast.ImportFrom(module="flask", names=names):
                flask |= any(name.name == "current_app" for name in names)
            case ast.Call(
                func=ast.Attribute(attr="set_main_option"),
                args=[ast.Constant(value="version_locations"), value],
            ):
                locations = tuple(p for t in _texts(value) for p in _split(t, None)) or locations
            case ast.Call(func=ast.Attribute(attr="configure"), keywords=keywords):
                filters += filters_of(keywords, module)
                for keyword in keywords:
                    if keyword.arg and isinstance(keyword.value, ast.Constant):
                        settings[keyword.arg] = keyword.value.value
            case _:
                pass
    return _Env(
        alembic=runs or b"alembic import context" in content,
        version_locations=locations,
        transaction_per_migration=settings.get("transaction_per_migration") is True,
        compares_type=settings.get("compare_type") is not False,
        compares_server_default=settings.get("compare_server_default") is True,
        filters=tuple(dict.fromkeys(filters)),
        flask=flask,
        # Flask-Migrate hands it over unless it is told otherwise.
        batches=settings.get("render_as_batch", flask) is True,
    )


def _texts(node: ast.expr) -> tuple[str, ...]:
    match node:
        case ast.Constant(value=str(text)):
            return (text,)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return tuple(text for item in items for text in _texts(item))
        case _:
            return ()


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


def _inside(directory: str, above: str) -> bool:
    return not above or directory == above or directory.startswith(f"{above}/")


def _join(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory else name
