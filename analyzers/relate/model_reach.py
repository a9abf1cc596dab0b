"""
Whether a change can reach Django's models or what migrations make of them at all, told without reading either.

Most pull requests change views, forms, templates and tests. Models, settings and
migrations lean on what they import: where nothing of that is changed, they say
what they said before, and nothing can be missing that was not.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Literal

from analyzers.read.cache import Cache
from analyzers.read.django.apps import app_at
from analyzers.read.django.models import MODEL_FILES
from analyzers.read.django.settings import TRANSLATIONS, settings_files
from analyzers.read.django.version import may_say_version
from analyzers.read.imports import imported
from analyzers.read.project import Project
from analyzers.relate.view import View

IMPORTS = "python-imports-1"
USED = "django-used-imports-1"
_LAYOUT = frozenset({"manage.py", "__init__.py"})
"""Files that, by being there, decide under which name others are imported."""
_FUNCTION = re.compile(
    rb"^(?:async[ \t]+)?def[ \t]+(\w+)[^\n]*\n(?:(?:[ \t)][^\n]*)?\r?\n)*", re.MULTILINE
)
_IMPORT = re.compile(rb"^(?:from|import)[ \t][^\n(]*(?:\([^)]*\)[^\n]*)?", re.MULTILINE)
_CODE_OF_DATA = re.compile(rb"RunPython\((?:[^()]|\([^()]*\))*\)")
_MODEL = re.compile(
    rb"^class\s+\w+\s*\([^)]*\bModel\b|^\s+(?:app_label|managed|proxy)\s*=", re.MULTILINE
)
"""A class that is a model, wherever it stands."""
_DEFAULT_KEY = re.compile(rb"default_auto_field[^\n]*")


def may_reach(base: View, merged: View, changed: Collection[str], cache: Cache) -> bool:
    """Whether some file of *changed* may alter what models or migrations say; if in doubt, yes."""
    if any(map(may_say_version, changed)) and base.django_version != merged.django_version:
        return merged.auto_field_since is not None or _may_reach(base, merged, changed, cache)
    return _may_reach(base, merged, changed, cache)


def _may_reach(base: View, merged: View, changed: Collection[str], cache: Cache) -> bool:
    ours = {path for path in changed if path.endswith(".py")}
    if not ours:
        return False
    old, new = base.project.python, merged.project.python
    if base.reading.apps != merged.reading.apps:
        return True
    if any(path.rpartition("/")[2] == "manage.py" for path in ours) or any(
        path.rpartition("/")[2] in _LAYOUT for path in old ^ new
    ):
        return True
    views = (base,) if old == new else (base, merged)
    if any(kind(path) for kind in map(_kinds, views) for path in ours):
        return True
    # Where a file has come or gone, a name may mean another one.
    for view in views:
        packages = {app.package: app for app in view.reading.apps}
        within = (p for p in ours & view.project.python if app_at(p.rpartition("/")[0], packages))
        if any(_MODEL.search(_content(view.project, path)) for path in within):
            return True
        start = _start(view, cache)
        if not ours.isdisjoint(start) or _leads_to(view.project, start, ours, cache):
            return True
    return False


def _kinds(view: View) -> Callable[[str], Literal["whole", "part"] | None]:
    """What tells of a path whether the reading of models and migrations starts from it, or from a part of it."""
    directories = {app.directory for app in view.reading.apps}
    packages = {app.package: app for app in view.reading.apps}

    def kind(path: str) -> Literal["whole", "part"] | None:
        directory, _, name = path.rpartition("/")
        if directory in directories or (name == "apps.py" and directory in packages):
            return "part"
        if name == TRANSLATIONS or (MODEL_FILES.search(path) and app_at(directory, packages)):
            return "whole"
        return None

    return kind


def _start(view: View, cache: Cache) -> Mapping[str, tuple[str, ...] | None]:
    """
    The files from which the reading of models, settings and migrations starts.

    Each with the names that it may take from elsewhere; None: all that it imports.
    """
    project = view.project
    kind = _kinds(view)
    kinds = {path: kind(path) for path in sorted(project.python)}
    found: dict[str, tuple[str, ...] | None] = {p: None for p, k in kinds.items() if k == "whole"}
    partly = [path for path, k in kinds.items() if k == "part"]
    tree = project.tree
    tree.prefetch(path for path in partly if cache.get(USED, tree.oid(path)) is None)
    found.update((path, _used(project, path, cache)) for path in partly)
    found.update((path, None) for path in settings_files(project))
    chosen = view.config.django.settings
    chosen_path = project.path_of(chosen) if chosen else None
    if chosen_path is not None:
        found[chosen_path] = None
    return found


def _used(project: Project, path: str, cache: Cache) -> tuple[str, ...]:
    """What a migration's operations, or the default key of an ``AppConfig``, take from elsewhere."""
    oid = project.tree.oid(path)
    names: tuple[str, ...] | None = cache.get(USED, oid)
    if names is None:
        content = _content(project, path)
        names = imported(content)
        # Nearly all of them import Django's own alone.
        if any(not name.startswith("django.") for name in names):
            if path.rpartition("/")[2] == "apps.py":
                text = b"\n".join(_DEFAULT_KEY.findall(content))
            else:
                text = _without_data(content)
            names = imported(content, used_in=text)
        else:
            names = ()
        cache.put(USED, oid, names)
    return names


def _without_data(content: bytes) -> bytes:
    """A migration without the functions that only move data; whole where they may do more."""
    plain = _IMPORT.sub(b"", content)
    rest = _CODE_OF_DATA.sub(b"", _FUNCTION.sub(b"", plain))
    functions = {match[1] for match in _FUNCTION.finditer(plain)}
    return plain if any(name in rest for name in functions) else rest


def _leads_to(
    project: Project,
    start: Mapping[str, tuple[str, ...] | None],
    wanted: Collection[str],
    cache: Cache,
) -> bool:
    """Whether imports lead from *start* to a file of *wanted*."""
    files = functools.cache(functools.partial(_files, project))
    seen = {*start}
    todo = {path: names for path, names in start.items() if names != ()}
    while todo:
        project.tree.prefetch(
            path
            for path, names in todo.items()
            if names is None and cache.get(IMPORTS, project.tree.oid(path)) is None
        )
        reached: set[str] = set()
        for path, names in todo.items():
            used = _imports(project, path, cache) if names is None else names
            for dotted in _absolute(project, path, used):
                reached.update(files(dotted))
        if not reached.isdisjoint(wanted):
            return True
        todo = dict.fromkeys(sorted(reached - seen))
        seen |= reached
    return False


def _imports(project: Project, path: str, cache: Cache) -> tuple[str, ...]:
    oid = project.tree.oid(path)
    names: tuple[str, ...] | None = cache.get(IMPORTS, oid)
    if names is None:
        names = imported(_content(project, path))
        cache.put(IMPORTS, oid, names)
    return names


def _content(project: Project, path: str) -> bytes:
    try:
        return project.tree.read(path)
    except KeyError:
        return b""


def _absolute(project: Project, path: str, names: Collection[str]) -> Iterator[str]:
    """The dotted names that *names*, imported in *path*, stand for; of the tree's modules alone."""
    root = project.root_of(path)
    package: list[str] | None = None
    for name in names:
        if not name.startswith("."):
            if name.partition(".")[0] in project.roots:
                yield project.own(name, root) if root else name
            continue
        if package is None:
            package = project.name_of(path).split(".")
            if not path.endswith("__init__.py"):
                package.pop()
        bare = name.lstrip(".")
        above = package[: len(package) - (len(name) - len(bare)) + 1]
        yield ".".join([*above, *([bare] if bare else [])])


def _files(project: Project, dotted: str) -> tuple[str, ...]:
    """The file of the module *dotted*, or of the one that it is a name in, and those of the packages above."""
    parts = dotted.split(".")
    found = (project.path_of(".".join(parts[:n])) for n in range(1, len(parts) + 1))
    return tuple(path for path in found if path is not None)
