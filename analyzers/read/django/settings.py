"""
The settings that change what migrations say, read from settings modules without running them.

A value counts where all settings modules that give one agree; otherwise it is
not known. The configuration overrides what is found.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from analyzers.config import Config
from analyzers.read.django.apps import App
from analyzers.read.modules import Module
from analyzers.read.project import Project
from analyzers.read.values import Call, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is known; None where nothing certain is said."""

    auth_user_model: str | None = None
    default_auto_field: str | None = None
    engine: str | None = None
    """``ENGINE`` of the default database, such as ``django.db.backends.postgresql``."""


def read_settings(project: Project, config: Config) -> Settings:
    """The settings of the project in the tree."""
    modules = list(_settings_modules(project, config))
    chosen = config.django
    return Settings(
        auth_user_model=chosen.auth_user_model or _agreed(modules, "AUTH_USER_MODEL"),
        default_auto_field=chosen.default_auto_field or _agreed(modules, "DEFAULT_AUTO_FIELD"),
        engine=_engine(modules),
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
                        text = module.evaluator.evaluate(value)
                        values.add(text if isinstance(text, str) else "")
                    case _:
                        pass
        if len(values) == 1:
            found[name] = values.pop()
    return found


def _settings_modules(project: Project, config: Config) -> Iterable[Module]:
    if config.django.settings:
        module = project.module(config.django.settings)
        if module is not None:
            yield module
            return
    paths = tuple(_likely(project))
    project.tree.prefetch(paths)
    for path in paths:
        try:
            content = project.tree.read(path)
        except KeyError:
            continue
        if any(
            name in content for name in (b"DEFAULT_AUTO_FIELD", b"AUTH_USER_MODEL", b"DATABASES")
        ):
            module = project.at(path)
            if module is not None:
                yield module


def _likely(project: Project) -> Iterable[str]:
    """The files that by their names hold settings, other than the tests'."""
    for path in sorted(path for path in project.python if "settings" in path.lower()):
        parts = path.lower().split("/")
        if "settings" not in parts[-1] and "settings" not in parts[:-1]:
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
        if name in module.names.bound:
            value = environment_default(module.evaluator.name(name))
            values.add(value if isinstance(value, str) else None)
    if len(values) != 1:
        return None
    return values.pop()


def environment_default(value: Value) -> Value:
    """The default of ``env("NAME", default=...)`` and its like; anything else as it is."""
    if isinstance(value, Call) and value.func.rpartition(".")[2] in {
        "env",
        "str",
        "get",
        "getenv",
        "config",
    }:
        if value.get("default") is not None:
            return value.get("default")
        if len(value.args) == 2:
            return value.args[1]
    return value


def _engine(modules: Iterable[Module]) -> str | None:
    engines: set[str] = set()
    for module in modules:
        databases = (
            module.evaluator.name("DATABASES") if "DATABASES" in module.names.bound else None
        )
        default = databases.get("default") if isinstance(databases, dict) else None
        engine = environment_default(default.get("ENGINE")) if isinstance(default, dict) else None
        if isinstance(engine, str):
            engines.add(engine)
    return engines.pop() if len(engines) == 1 else None
