"""
Which Django apps a tree has: their labels and where their migrations are.

Found by content and by name, never by importing: a package of migrations is a
directory with ``migration`` in its path that holds a migration; the label is
what ``AppConfig`` says, else the package's name.
"""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from weakref import WeakKeyDictionary

from analyzers.config import Config, fits
from analyzers.findings import Unknown
from analyzers.frozen import dataclass
from analyzers.limits import FILES
from analyzers.read.cache import Cache
from analyzers.read.django.migration_directory import Directory, is_read
from analyzers.read.evaluator import Evaluator
from analyzers.read.names import Names
from analyzers.read.sources import Unparsed, parse
from analyzers.trees import Tree
from analyzers.vocabulary import Framework, Key, Migration, Place

CACHE = "django-app-config-1"
SETTINGS_CACHE = "django-migration-modules-2"
NAMED_CACHE = "django-migration-folders-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A Django app of this tree with a package for its migrations."""

    label: str
    """Django's label."""
    name: str
    """The label, made unique where two projects of one repository use the same."""
    package: str
    """The app's directory; empty for the root."""
    directory: str
    """Where its migrations are."""


def app_at(directory: str, packages: Mapping[str, App]) -> App | None:
    """The app whose package holds *directory*, the innermost one; *packages* are apps by their package."""
    while directory not in packages:
        if not directory:
            return None
        directory = directory.rpartition("/")[0]
    return packages[directory]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything read of a tree's Django migrations."""

    apps: tuple[App, ...] = ()
    migrations: tuple[Migration, ...] = ()
    unknown: tuple[Unknown, ...] = ()


def read_django(tree: Tree, config: Config, cache: Cache, *, whole: bool = False) -> Reading:
    """All apps and migrations of *tree*; *whole* reads at once what each migration does."""
    said = _migration_modules(tree, cache)
    by_module = _directories(tree, said)
    candidates = candidate_files(tree, config, by_module)
    tree.prefetch(
        path for paths in candidates.values() for path in paths if not is_read(tree, path, cache)
    )
    packages = {d: _package(tree, paths, cache, whole=whole) for d, paths in candidates.items()}
    read = {d: package.migrations for d, package in packages.items() if package.found}
    beside = _beside_the_loaded(tree, read, config, cache)
    read = {d: migrations for d, migrations in read.items() if d not in beside}
    elsewhere = {by_module[d] for d in read if d in by_module} | _told_to_have_none(said)
    for directory in _awaiting_their_first(tree, candidates, config):
        if _label_by_package(tree, directory, cache) not in elsewhere:
            read[directory] = ()
    apps = label_apps(tree, read, config, cache, by_module)
    return Reading(
        apps=apps,
        migrations=tuple(
            m
            for app in apps
            if app.directory in packages
            for m in packages[app.directory].members(app.name)
        ),
        unknown=(
            *(u for d, package in packages.items() if d not in beside for u in package.unknown),
            *(
                Unknown(place=m.place, reason=BESIDE)
                for d in beside
                for m in packages[d].migrations
            ),
        ),
    )


class _Package:
    """What was read of one directory; trees that have the same files share it."""

    def __init__(
        self,
        directory: Directory,
        migrations: Sequence[Migration],
        unknown: Sequence[Unknown],
        unread: Sequence[Place],
    ) -> None:
        self._directory = directory
        self.found = bool(migrations)
        self.unknown = tuple(unknown)
        unreadable = (_placeholder(place) for place in unread)
        self.migrations = (*migrations, *unreadable) if migrations else ()
        self._members: dict[str, tuple[Migration, ...]] = {}

    def members(self, app: str) -> tuple[Migration, ...]:
        """The migrations as members of *app*."""
        if app not in self._members:
            later = self._directory.later
            self._members[app] = tuple(
                replace(m, key=Key(app, m.key.name), held=later(m.path) if m.readable else None)
                for m in self.migrations
            )
        return self._members[app]


_packages: WeakKeyDictionary[Cache, dict[tuple[tuple[str, str], ...], _Package]] = (
    WeakKeyDictionary()
)
"""Of the trees of one review, which mostly hold the same: by cache, by paths and blob ids."""


def _package(tree: Tree, paths: Sequence[str], cache: Cache, *, whole: bool) -> _Package:
    shared = _packages.setdefault(cache, {})
    content = tuple((path, tree.oid(path)) for path in paths)
    if content not in shared:
        directory = Directory(tree, paths, cache, whole=whole)
        found: list[Migration] = []
        unknown: list[Unknown] = []
        unread: list[Place] = []
        for path in paths:
            result = directory.read(path)
            if "." in path.rpartition("/")[2].removesuffix(".py"):
                # Python's ``pkgutil``, which Django asks for the names, passes over it.
                if result.migration is not None:
                    unknown.append(Unknown(place=result.migration.place, reason=NOT_LOADED))
                continue
            if result.problem is not None:
                place = Place(path, result.line, result.line)
                unknown.append(Unknown(place=place, reason=result.problem))
                if result.speaks:
                    unread.append(place)
            if result.migration is not None:
                found.append(result.migration)
                if not result.migration.parents_known:
                    at = result.migration.parents_place or result.migration.place
                    unknown.append(Unknown(place=at, reason=COMPUTED))
        shared[content] = _Package(directory, found, unknown, unread)
    return shared[content]


NOT_LOADED = "Django does not load it, as its name has a dot: no database ever gets it."
BESIDE = (
    "Django does not load it: of this app it loads `migrations`, and no setting names this folder."
)
COMPUTED = "What it comes after, or stands for, is made by code that is not run."


def _placeholder(place: Place) -> Migration:
    """A file that cannot be read still is a migration for those that name it."""
    stem = place.path.rpartition("/")[2].removesuffix(".py")
    return Migration(
        key=Key("", stem), framework=Framework.DJANGO, path=place.path, place=place, readable=False
    )


def candidate_files(
    tree: Tree, config: Config, by_module: Collection[str] = ()
) -> dict[str, list[str]]:
    """Python files by directory, of directories that may be migration packages; those in *by_module* are said to be."""
    found: dict[str, list[str]] = defaultdict(list)
    written = config.django.migration_modules.values()
    chosen = {d.strip("/") for d in written} | {d.replace(".", "/") for d in written} | {*by_module}
    for path in tree.paths()[:FILES]:
        if not path.endswith(".py"):
            continue
        directory, _, name = path.rpartition("/")
        if directory not in chosen and "migration" not in directory.lower():
            continue
        if name[0] in "_~" or _excluded(path, config.exclude):
            continue
        found[directory].append(path)
    return dict(found)


def _awaiting_their_first(tree: Tree, candidates: Collection[str], config: Config) -> Iterator[str]:
    """Directories of migrations beside models in which there is no migration yet."""
    tail = "/migrations/__init__.py"
    for path in tree.paths()[:FILES]:
        directory = path.rpartition("/")[0]
        if not path.endswith(tail) or directory in candidates or _excluded(path, config.exclude):
            continue
        package = path.removesuffix(tail)
        if any(_holds(tree, f"{package}/{name}") for name in ("models.py", "models/__init__.py")):
            yield directory


def _label_by_package(tree: Tree, directory: str, cache: Cache) -> str:
    """What the app whose ``migrations`` are at *directory* says that it is called, else its folder's name."""
    package, folder = _package_of(directory)
    return _app_config_label(tree, package, cache) or folder


def _holds(tree: Tree, path: str) -> bool:
    try:
        tree.oid(path)
    except KeyError:
        return False
    return True


def _beside_the_loaded(
    tree: Tree, directories: Collection[str], config: Config, cache: Cache
) -> tuple[str, ...]:
    """Those of *directories* that lie beside ``migrations`` of the same app, and that no setting names."""
    beside = [
        directory
        for directory in directories
        for parent, slash, last in (directory.rpartition("/"),)
        if last != "migrations" and f"{parent}{slash}migrations" in directories
        if "migration" in last.lower() and _configured(directory, parent, config) is None
    ]
    if not beside:
        return ()
    paths = [path for path in tree.paths()[:FILES] if path.endswith(".py")]
    tree.prefetch(path for path in paths if cache.get(NAMED_CACHE, tree.oid(path)) is None)
    named = {name for path in paths for name in _folders_named(tree, path, cache)}
    return tuple(
        directory
        for directory in beside
        for last in (directory.rpartition("/")[2],)
        # A part of it stands for itself: ``f"shop.migrations_{database}"``.
        if not any(name in last or last in name for name in named)
    )


_FOLDER = re.compile(rb"\w*migration\w*")


def _folders_named(tree: Tree, path: str, cache: Cache) -> tuple[str, ...]:
    """What may name a folder of migrations in a file that sets where these are."""
    oid = tree.oid(path)
    named: tuple[str, ...] | None = cache.get(NAMED_CACHE, oid)
    if named is None:
        content = tree.read(path)
        words = set(_FOLDER.findall(content)) if b"MIGRATION_MODULES" in content else set()
        named = tuple(
            sorted(w.decode(errors="replace") for w in words - {b"migration", b"migrations"})
        )
        cache.put(NAMED_CACHE, oid, named)
    return named


def _excluded(path: str, patterns: Sequence[str]) -> bool:
    return any(fits(path, pattern) for pattern in patterns)


def label_apps(
    tree: Tree,
    read: Mapping[str, Sequence[Migration]],
    config: Config,
    cache: Cache,
    by_module: Mapping[str, str],
) -> tuple[App, ...]:
    """An app for each directory of migrations, sorted by directory; *by_module* are labels that settings give."""
    labelled = []
    folders = frozenset(_package_of(directory)[1] for directory in read)
    asked = (
        package
        for directory, package in ((d, _package_of(d)[0]) for d in read if d not in by_module)
        if _configured(directory, package, config) is None
    )
    tree.prefetch(_first_configs(tree, asked, cache))
    homes = _homes(tree, {by_module[d] for d in read if d in by_module}, read)
    for directory in sorted(read):
        package, fallback = _package_of(directory)
        package = homes.get(by_module.get(directory, ""), package)
        label = _configured(directory, package, config)
        if label is None:
            said = by_module.get(directory) or _app_config_label(tree, package, cache)
            others = folders if said is None else None
            label = _as_its_migrations_say(said or fallback, fallback, read[directory], others)
        labelled.append((label, package, directory))
    groups: dict[str, list[str]] = defaultdict(list)
    for label, _, directory in labelled:
        groups[label].append(directory)
    apps = []
    for label, package, directory in labelled:
        # The shallowest keeps the plain label: projects within tests and examples lie deeper.
        first = min(groups[label], key=lambda d: (d.count("/"), d))
        name = label if directory == first else f"{label} ({package or directory})"
        apps.append(App(label=label, name=name, package=package, directory=directory))
    return tuple(apps)


def _homes(tree: Tree, labels: Collection[str], read: Iterable[str]) -> dict[str, str]:
    """
    Labels to the one directory with models that is named so, where settings put the migrations elsewhere.

    One that has migrations of its own among those that were *read* is left to them.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for path in tree.paths() if labels else ():
        package, _, last = path.rpartition("/")
        if last == "__init__.py" and package.endswith("/models"):
            package, last = package.removesuffix("/models"), "models.py"
        if last == "models.py" and package.rpartition("/")[2] in labels:
            found[package.rpartition("/")[2]].add(package)
    own = {_package_of(directory)[0] for directory in read}
    alone = {label: homes.pop() for label, homes in found.items() if len(homes) == 1}
    return {label: home for label, home in alone.items() if home not in own}


def _as_its_migrations_say(
    label: str, folder: str, migrations: Sequence[Migration], others: Collection[str] | None
) -> str:
    """
    *label*, or the one that the migrations call their own app by.

    A configuration class may stand there without being the one that is
    installed, or in a file that cannot be read or is not looked for: then *others*
    are the folders of all apps. The names that migrations refer to one another by
    are in use.
    """
    names = {migration.key.name for migration in migrations}
    own = Counter(
        app
        for m in migrations
        for app in {p.app for p in m.parents if p.name in names - {m.key.name}}
    )
    if label in own:
        return label
    if folder in own:
        return folder
    if others is not None:
        after_another = sum(any(p.name in names for p in m.parents) for m in migrations)
        for app, times in sorted(own.items()):
            # All that come after one of the same name; Django's apps have such names too.
            if times == after_another and app not in others and app not in _DJANGO_S:
                return app
    return label


_DJANGO_S = frozenset(
    {
        "admin",
        "auth",
        "contenttypes",
        "flatpages",
        "gis",
        "postgres",
        "redirects",
        "sessions",
        "sites",
    }
)


def _package_of(directory: str) -> tuple[str, str]:
    """The app's directory, and its last name, for a directory of migrations."""
    parent, _, last = directory.rpartition("/")
    if "migration" in last.lower() or not parent:
        return parent, parent.rpartition("/")[2] or last
    # ``project/migrations/wagtailcore``: a folder named after the app it belongs to.
    return directory, last


def _configured(directory: str, package: str, config: Config) -> str | None:
    for label, folder in config.django.migration_modules.items():
        if folder.strip("/") == directory or folder.replace(".", "/") == directory:
            return label
    for label, folder in config.django.apps.items():
        if folder.strip("/") == package:
            return label
    return None


def _app_config_label(tree: Tree, package: str, cache: Cache) -> str | None:
    """The label that ``apps.py`` (or the package itself) gives; None where it says nothing certain."""
    for path in _configs(tree, package):
        oid = tree.oid(path)
        found = cache.get(CACHE, oid)
        if found is None:
            found = _labels_in(tree.read(path))
            cache.put(CACHE, oid, found)
        last = package.rpartition("/")[2]
        labels = {label for label, name in found if _fits(name, package)}
        if len(labels) == 1:
            return str(labels.pop())
        if last in labels:
            return last
    return None


def _configs(tree: Tree, package: str) -> Iterator[str]:
    """The files in which the configuration of the app in *package* may stand, the likeliest first."""
    prefix = f"{package}/" if package else ""
    for name in ("apps.py", "app.py", "config.py", "__init__.py"):
        if _holds(tree, f"{prefix}{name}"):
            yield f"{prefix}{name}"


def _first_configs(tree: Tree, packages: Iterable[str], cache: Cache) -> Iterator[str]:
    """Of each package the file that is looked at first, where what it says is not kept."""
    for package in packages:
        path = next(_configs(tree, package), None)
        if path is not None and cache.get(CACHE, tree.oid(path)) is None:
            yield path


def _fits(name: str, package: str) -> bool:
    """Whether an ``AppConfig.name`` may be the package at that path."""
    if not name:
        return True
    return name.rpartition(".")[2] == package.rpartition("/")[2]


def _labels_in(content: bytes) -> tuple[tuple[str, str], ...]:
    """(label, name) of each app configuration class of a file."""
    if b"AppConfig" not in content and b"label" not in content and b"Config(" not in content:
        return ()
    module = parse(content)
    if isinstance(module, Unparsed):
        return ()
    evaluator = Evaluator(Names(module))
    found: list[tuple[str, str]] = []
    for node in module.body:
        if not isinstance(node, ast.ClassDef) or not node.bases:
            continue
        said: dict[str, str] = {}
        for statement in node.body:
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(id=("label" | "name") as key)], value=value)
                    | ast.AnnAssign(
                        target=ast.Name(id=("label" | "name") as key), value=ast.expr() as value
                    )
                ):
                    text = evaluator.evaluate(value)
                    if isinstance(text, str):
                        said[key] = text
                case _:
                    pass
        name = said.get("name", "")
        label = said.get("label") or name.rpartition(".")[2]
        if label:
            found.append((label, name))
    return tuple(found)


def _migration_modules(tree: Tree, cache: Cache) -> tuple[tuple[str, str, str], ...]:
    """What ``MIGRATION_MODULES`` says: settings file, label, and the module; empty for None."""
    paths = tree.paths()
    asked = [path for path in paths if path.endswith(".py") and "settings" in path.lower()]
    tree.prefetch(path for path in asked if cache.get(SETTINGS_CACHE, tree.oid(path)) is None)
    found: list[tuple[str, str, str]] = []
    for path in asked:
        oid = tree.oid(path)
        modules = cache.get(SETTINGS_CACHE, oid)
        if modules is None:
            modules = _modules_in(tree.read(path))
            cache.put(SETTINGS_CACHE, oid, modules)
        found += [(path, label, dotted) for label, dotted in modules]
    return tuple(found)


def _directories(tree: Tree, said: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Directory to label, of the modules that *said* names."""
    return {
        directory: label
        for _, label, dotted in said
        if dotted
        for directory in _ending_with(tree.paths(), dotted.replace(".", "/"))
    }


def _told_to_have_none(said: Iterable[tuple[str, str, str]]) -> set[str]:
    """Labels of apps that have no migrations on purpose; settings of tests say so of all, to save time."""
    return {label for path, label, dotted in said if not dotted and "test" not in path.lower()}


def _modules_in(content: bytes) -> tuple[tuple[str, str], ...]:
    if b"MIGRATION_MODULES" not in content:
        return ()
    module = parse(content)
    if isinstance(module, Unparsed):
        return ()
    value = Evaluator(Names(module)).name("MIGRATION_MODULES")
    if not isinstance(value, dict):
        return ()
    return tuple(
        (k, v or "") for k, v in value.items() if isinstance(k, str) and isinstance(v, str | None)
    )


def _ending_with(paths: Iterable[str], folder: str) -> set[str]:
    tail = f"{folder}/"
    return {
        path.rpartition("/")[0]
        for path in paths
        if path.endswith(".py")
        and (path.startswith(tail) or f"/{tail}" in path)
        and path.rpartition("/")[0].endswith(folder)
    }


def nearest(apps: Mapping[str, Sequence[App]], label: str, directory: str) -> App | None:
    """The app of *label* that is nearest to *directory*: of several projects, the same one."""
    candidates = apps.get(label, ())
    if len(candidates) <= 1:
        return candidates[0] if candidates else None

    def shared(app: App) -> tuple[int, int]:
        common = 0
        for one, two in zip(app.directory.split("/"), directory.split("/"), strict=False):
            if one != two:
                break
            common += 1
        return common, -app.directory.count("/")

    return max(candidates, key=shared)
