"""
Which database the settings of a Django project say, where that is certain.

Settings for development often say SQLite while production runs something else:
SQLite is believed only where all settings agree on it by constants, and nothing
in the repository asks for another database's driver or says that other Django
projects install it (their database is not that of its tests). MySQL is not believed where
the repository asks for the driver of PostgreSQL alone, and is where settings leave
the engine to the environment, or open, and its driver is the only one asked for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from analyzers.read.django.environment import Owner, engine
from analyzers.read.drivers import (
    any_is_installed,
    is_for_other_projects,
    only_mysql_is_installed,
    only_postgresql_is_installed,
)
from analyzers.read.modules import Module, used_names
from analyzers.read.project import Project

DATABASES = "DATABASES"
_OWN = "django."
"""What the names of Django's own backends begin with."""
_MYSQL = frozenset({"mysql", "mariadb"})


def dialect_of(name: str) -> str | None:
    """The dialect of the ``ENGINE`` *name*; None for one that is not spoken here."""
    lower = name.lower()
    if "postg" in lower or "psqlextra" in lower:
        return "postgresql"
    if "mariadb" in lower:
        return "mariadb"
    if "mysql" in lower:
        # MariaDB has no engine of its own: it takes the configuration to tell.
        return "mysql"
    return "sqlite" if "sqlite" in lower or "spatialite" in lower else None


def certain_engine(
    project: Project, modules: Iterable[Module], owners: Iterable[Owner]
) -> str | None:
    """
    ``ENGINE`` of the default database; None where it is not certain.

    *owners* are those of the settings *modules*, or of what they take over, that
    bind ``DATABASES``.
    """
    bound = tuple(dict.fromkeys(owners))
    told = [engine(owner) for owner in bound]
    left_open = any(name is not None and _left_open(name) for name in told)
    found = [None if name is None or _left_open(name) else name for name in told]
    others = sorted({name for name in found if name and dialect_of(name) != "sqlite"})
    if others:
        # What cannot be read, or is SQLite beside it, does not make it less certain.
        said = {dialect_of(name) for name in others}
        if len(said) != 1 or (said <= _MYSQL and only_postgresql_is_installed(project.tree)):
            return None
        # Beside the plain one, which tests take, it is what a backend of its own builds upon.
        return next((n for n in others if not n.startswith(_OWN)), others[0])
    if left_open or None in found:
        return "django.db.backends.mysql" if only_mysql_is_installed(project.tree) else None
    sure = (
        bool(found)
        and None not in found
        and all(isinstance(owner, Module) and _constant(owner) for owner in bound)
        and not any(project.module(s) is None for m in modules for s in m.names.stars)
        and not any_is_installed(project.tree)
        and not is_for_other_projects(project.tree)
    )
    return found[0] if sure else None


def _left_open(name: str) -> bool:
    """Whether *name* is that of no engine: a template's ``django.db.backends.``, that another place completes."""
    return not name or name.endswith(".")


def _constant(module: Module) -> bool:
    """Whether nothing but one literal says what ``DATABASES`` is there."""
    literal = False
    for statement in module.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="DATABASES")], value=ast.Dict() as node):
                named = [
                    v
                    for inner in ast.walk(node)
                    if isinstance(inner, ast.Dict)
                    for k, v in zip(inner.keys, inner.values, strict=True)
                    if isinstance(k, ast.Constant) and k.value == "ENGINE"
                ]
                literal = bool(named) and all(isinstance(v, ast.Constant) for v in named)
            case ast.FunctionDef() | ast.ClassDef() | ast.Import() | ast.ImportFrom():
                pass
            case _ if DATABASES in used_names(statement):
                return False
            case ast.Try():
                # ``from .local import *``, where there is such a file.
                return False
            case _:
                pass
    return literal
