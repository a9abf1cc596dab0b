"""
The settings that change what migrations say, read from settings modules without running them.

A value counts where all settings modules that give one agree; otherwise it is
not known. The configuration overrides what is found.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from analyzers.config import Config
from analyzers.frozen import dataclass
from analyzers.limits import IMPORT_DEPTH
from analyzers.read.django import configured
from analyzers.read.django.apps import App
from analyzers.read.django.database import certain_engine
from analyzers.read.django.environment import Owner, setting
from analyzers.read.django.installed import ever_installed
from analyzers.read.modules import Module
from analyzers.read.project import Project
from analyzers.read.values import Value

TRANSLATIONS = "translation.py"
"""The file in which django-modeltranslation looks for what is translated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is known; None where nothing certain is said."""

    auth_user_model: str | None = None
    keeps_usual_user: bool = False
    """Django's own user is installed, and nothing says of another that it takes its place."""
    default_auto_field: str | None = None
    keeps_usual_auto_field: bool = False
    """The settings are all read, and none of them speaks of ``DEFAULT_AUTO_FIELD``."""
    engine: str | None = None
    """``ENGINE`` of the default database, such as ``django.db.backends.postgresql``, where it is certain."""
    languages: tuple[str, ...] | None = None
    """The codes of the languages that models are translated into by django-modeltranslation."""
    installed: frozenset[str] | None = None
    """The entries of all ``INSTALLED_APPS``."""

    def installs(self, package: str) -> bool:
        """Whether the app in the directory *package* may be installed."""
        if self.installed is None:
            return True
        dotted = package.replace("/", ".")
        return any(
            entry == dotted
            or entry.startswith(f"{dotted}.")
            or f".{dotted}".endswith(f".{entry}")
            or any(f".{dotted}".endswith(f".{part}") for part in _above(entry))
            for entry in self.installed
        )


def _above(entry: str) -> Iterable[str]:
    """The packages that an entry such as ``shop.apps.ShopConfig`` lies in."""
    parts = entry.split(".")
    if parts[-1][:1].isupper():
        yield ".".join(parts[:-1])
        yield ".".join(parts[:-2])


def read_settings(project: Project, config: Config) -> Settings:
    """The settings of the project in the tree."""
    modules = list(_settings_modules(project, config))
    chosen = config.django
    return Settings(
        auth_user_model=chosen.auth_user_model or _agreed(modules, "AUTH_USER_MODEL"),
        keeps_usual_user=_keeps_usual_user(project, modules),
        default_auto_field=chosen.default_auto_field
        or _class_path(_agreed(modules, "DEFAULT_AUTO_FIELD"))
        or None,
        keeps_usual_auto_field=_keeps_usual_auto_field(project, config, modules),
        engine=certain_engine(project, modules, _all_owners(modules, "DATABASES")),
        languages=_languages(modules) if _translates(project) else None,
        installed=_installed(modules),
    )


def app_auto_fields(project: Project, apps: Iterable[App]) -> dict[str, str]:
    """``default_auto_field`` of each app's ``AppConfig``, where one says so; "" where it is not known."""
    found: dict[str, str] = {}
    files = {app.name: f"{app.package}/apps.py".lstrip("/") for app in apps}
    files = {name: path for name, path in files.items() if path in project.python}
    project.tree.prefetch(files.values())
    for name, path in files.items():
        module = project.at(path)
        if module is None:
            continue
        values: set[str] = set()
        for node in module.body:
            if not isinstance(node, ast.ClassDef):
                continue
            for statement in node.body:
                match statement:
                    case (
                        ast.Assign(targets=[ast.Name(id="default_auto_field")], value=value)
                        | ast.AnnAssign(
                            target=ast.Name(id="default_auto_field"), value=ast.expr() as value
                        )
                    ):
                        values.add(_class_path(module.evaluator.evaluate(value)))
                    case _:
                        pass
        if len(values) == 1:
            found[name] = values.pop()
    return found


def _class_path(value: Value) -> str:
    """*value* where it may name a class, which is then written into migrations; else nothing."""
    named = isinstance(value, str) and all(part.isidentifier() for part in value.split("."))
    return str(value) if named else ""


def _settings_modules(project: Project, config: Config) -> Iterable[Module]:
    if config.django.settings:
        module = project.module(config.django.settings)
        if module is not None:
            yield module
            return
    for path in settings_files(project):
        module = project.at(path)
        if module is not None:
            yield module


def settings_files(project: Project) -> Iterable[str]:
    """The files that by name and content hold settings, other than the tests'."""
    paths = tuple(_likely(project))
    project.tree.prefetch(paths)
    for path in paths:
        try:
            content = project.tree.read(path)
        except KeyError:
            continue
        if "settings" not in path.lower():
            told = _BOUND.search(content) is not None
        else:
            told = any(name in content for name in (*_TOLD, b"import *"))
        if told:
            yield path


_TOLD = (b"DEFAULT_AUTO_FIELD", b"AUTH_USER_MODEL", b"DATABASES", b"INSTALLED_APPS")
_BOUND = re.compile(rb"^(?: {4})?(?:%s)\b\s*(?:[+:]?=|[\[.])" % b"|".join(_TOLD), re.MULTILINE)
"""A setting that is given a value, of the module or of a class: much else lies in ``conf`` as well."""
_CONF = re.compile(r"(?:^|/)(?:config/|conf/(?:\w+/)?)\w+\.py$", re.IGNORECASE)


def _likely(project: Project) -> Iterable[str]:
    """The files that by their names hold settings, or may, other than the tests'."""
    for path in sorted(p for p in project.python if "settings" in p.lower() or _CONF.search(p)):
        parts = path.lower().split("/")
        if "settings" not in parts[-1] and "settings" not in parts[:-1] and not _CONF.search(path):
            continue
        if any(p in {"test", "tests", "testing", "migrations"} for p in parts[:-1]):
            continue
        if parts[-1].startswith("test") or parts[-1].endswith(("_test.py", "_tests.py")):
            continue
        yield path


def _agreed(modules: Iterable[Module], name: str) -> str | None:
    """The text that every module that binds *name* gives it."""
    values: set[str | None] = set()
    for module in modules:
        for owner in _owners(module, name):
            value = setting(owner, name)
            values.add(value if isinstance(value, str) else None)
    if len(values) != 1:
        return None
    return values.pop()


def _owners(
    module: Module, name: str, depth: int = IMPORT_DEPTH, seen: set[str] | None = None
) -> tuple[Owner, ...]:
    """
    What binds *name* for *module*: itself, its classes of settings, or a module whose names it takes over.

    A module that was *seen* does not bind it: by several ways to each, all ways are too many.
    """
    seen = set() if seen is None else seen
    seen.add(module.path)
    if name in module.names.bound:
        return (module,)
    classes = configured.holders(module, name)
    if classes:
        return classes
    for star in reversed(module.names.stars if depth else ()):
        inner = module.project.module(star)
        if inner is None or inner.path in seen:
            continue
        found = _owners(inner, name, depth - 1, seen)
        if found:
            return found
    return ()


def _all_owners(modules: Iterable[Module], name: str) -> Iterable[Owner]:
    return (owner for module in modules for owner in _owners(module, name))


def _translates(project: Project) -> bool:
    """Whether there may be models that are translated: only then it matters into what."""
    return any(path.rpartition("/")[2] == TRANSLATIONS for path in project.python)


def _keeps_usual_user(project: Project, modules: Iterable[Module]) -> bool:
    """Whether settings install Django's users, and no file of settings speaks of another model for them."""
    texts = [project.tree.read(module.path) for module in modules]
    return (
        any(b"INSTALLED_APPS" in text and b"django.contrib.auth" in text for text in texts)
        and not any(b"AUTH_USER_MODEL" in text for text in texts)
        and not any(_all_owners(modules, "AUTH_USER_MODEL"))
    )


def _keeps_usual_auto_field(project: Project, config: Config, modules: Iterable[Module]) -> bool:
    """Whether there are settings, of which none takes others from where nobody sees them, and none names a key."""
    name = "DEFAULT_AUTO_FIELD"
    if config.django.default_auto_field is not None or not any(
        _all_owners(modules, "INSTALLED_APPS")
    ):
        return False
    return not (
        any(name.encode() in project.tree.read(module.path) for module in modules)
        or any(_all_owners(modules, name))
        or any(project.module(star) is None for module in modules for star in module.names.stars)
    )


def _languages(modules: Iterable[Module]) -> tuple[str, ...] | None:
    """The languages that every module which binds them gives; those of the library's own setting first."""
    for name in ("MODELTRANSLATION_LANGUAGES", "LANGUAGES"):
        said = {_codes(setting(owner, name)) for owner in _all_owners(modules, name)}
        if said:
            return said.pop() if len(said) == 1 else None
    return None


def _codes(value: Value) -> tuple[str, ...] | None:
    """The codes in a list of codes, or of pairs of code and name."""
    if not isinstance(value, list | tuple):
        return None
    codes = [v[0] if isinstance(v, list | tuple) and len(v) == 2 else v for v in value]
    return tuple(codes) if all(isinstance(code, str) for code in codes) else None


def _installed(modules: Iterable[Module]) -> frozenset[str] | None:
    """All entries of every ``INSTALLED_APPS``, under whichever condition; None where one of them is not known."""
    found: set[str] = set()
    seen = False
    for module in modules:
        if configured.changes_in_a_method(module, "INSTALLED_APPS"):
            return None
        for owner in _owners(module, "INSTALLED_APPS"):
            value = setting(owner, "INSTALLED_APPS")
            if isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
                found.update(value)
            elif isinstance(owner, Module) and (texts := ever_installed(owner)) is not None:
                found.update(texts)
            else:
                return None
            seen = True
    return frozenset(found) if seen else None
