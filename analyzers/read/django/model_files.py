"""In which files models may stand."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from analyzers.read.django.apps import App
from analyzers.read.modules import Module
from analyzers.read.names import by_type_checker
from analyzers.read.project import Project

_CLASS = re.compile(rb"^class\s+(\w+)\s*\(", re.MULTILINE)


def likely_files(project: Project, apps: Iterable[App]) -> list[str]:
    """The files that probably hold the models of *apps*."""
    packages = {app.package for app in apps}
    return [
        path
        for path in project.python
        if (path.endswith("models.py") and path.rpartition("/")[0] in packages)
        or ("/models/" in path and path.partition("/models/")[0] in packages)
    ]


def by_package(paths: Iterable[str], app_of: Callable[[str], App | None]) -> dict[str, list[str]]:
    """*paths* but those of migrations, sorted, by the package of their app."""
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        app = app_of(path) if "/migrations/" not in path else None
        if app is not None:
            found.setdefault(app.package, []).append(path)
    return found


def imported_files(project: Project, module: Module) -> list[str]:
    """The files of the tree that the top level of *module* imports."""
    found: dict[str, None] = {}
    for dotted in module_imports(module):
        path = project.path_of(dotted)
        if path is not None:
            found[path] = None
    return list(found)


def imported_by_admin(project: Project, prefix: str, paths: Collection[str]) -> list[str]:
    """
    Those of *paths* that the ``admin`` of the app below *prefix* imports, in the order of its imports.

    Django loads it once all models are: what it brings is known to ``makemigrations`` as well.
    """
    todo = [p for p in (f"{prefix}admin.py", f"{prefix}admin/__init__.py") if p in project.python]
    read, found = set(todo), []
    while todo:
        module = project.at(todo.pop())
        for used in imported_files(project, module) if module is not None else ():
            if used in paths and used not in found:
                found.append(used)
            elif used.startswith(f"{prefix}admin/") and used not in read:
                read.add(used)
                todo.append(used)
    return found


def defining(project: Project, paths: Collection[str], names: Collection[str]) -> list[str]:
    """Those of *paths* in which a class has one of *names*, which are in lower case, by their text."""
    project.tree.prefetch(paths)
    found = []
    for path in paths:
        try:
            content = project.tree.read(path)
        except KeyError:
            continue
        if any(match.lower().decode() in names for match in _CLASS.findall(content)):
            found.append(path)
    return found


def used_files(project: Project, module: Module, touched: Mapping[str, Module]) -> Iterator[str]:
    """The files that *module* may take something from; *touched* are the modules that were read, by path."""
    for dotted in module_imports(module):
        parts = dotted.split(".")
        for length in range(1, len(parts) + 1):
            path = project.path_of(".".join(parts[:length]))
            if path is not None:
                yield path
    for statement in module.body:
        if isinstance(statement, ast.Import):
            # ``import shop`` reaches all that is below it.
            for alias in statement.names:
                below = f"{alias.name}."
                yield from (p for p, m in touched.items() if m.name.startswith(below))


def packages_between(prefix: str, path: str) -> Iterator[str]:
    """The directories below *prefix* that *path* lies in."""
    directory = path.rpartition("/")[0]
    while len(directory) > len(prefix):
        yield directory
        directory = directory.rpartition("/")[0]


def module_imports(module: Module) -> list[str]:
    """Dotted names that the module's top level imports, as module or as name in one; also under ``if``."""
    found: dict[str, None] = {}

    def collect(body: Iterable[ast.stmt]) -> None:
        for statement in body:
            match statement:
                case ast.Import(names=names):
                    for alias in names:
                        found[alias.name] = None
                case ast.ImportFrom(module=source, names=names, level=level):
                    base = module.names.absolute(source, level)
                    found[base] = None
                    for alias in names:
                        found[f"{base}.{alias.name}"] = None
                case ast.If(body=inner, orelse=other):
                    collect([*inner, *other])
                case ast.Try(body=inner, handlers=handlers, orelse=other, finalbody=final):
                    collect([*inner, *(s for h in handlers for s in h.body), *other, *final])
                case _:
                    pass

    collect(module.body)
    return list(found)


def type_checking_lines(body: Iterable[ast.stmt]) -> list[range]:
    """Lines that only a type checker reads."""
    parts = (by_type_checker(s) for s in body if isinstance(s, ast.If))
    return [
        range(part[0][0].lineno, (part[0][-1].end_lineno or part[0][-1].lineno) + 1)
        for part in parts
        if part is not None and part[0]
    ]
