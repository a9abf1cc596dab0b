"""
Which database the settings of a Django project say, where that is certain.

Settings for development often say SQLite while production runs something else:
SQLite is believed only where all settings agree on it by constants, and nothing
in the repository asks for another database's driver. MySQL is not believed where
the repository asks for the driver of PostgreSQL alone, and is where the settings
leave the engine to the environment and its driver is the only one asked for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from analyzers.read.django.environment import engine
from analyzers.read.modules import Module, used_names
from analyzers.read.project import Project
from analyzers.trees import Tree

DATABASES = "DATABASES"
_MYSQL_DRIVERS = (b"mysqlclient", b"pymysql", b"mysql-python")
_OTHER_DRIVERS = (b"psycopg", b"mariadb", b"oracledb", b"cx_oracle", b"mssql")
_DRIVERS = (*_MYSQL_DRIVERS, *_OTHER_DRIVERS)
_MYSQL = frozenset({"mysql", "mariadb"})
_REQUIREMENTS = ("requirements", "pyproject.toml", "pipfile", "setup.py", "setup.cfg")
"""Files that name what is installed, as the beginnings of their names or folders."""
_FILES = 30
"""Of these that are read; more are not needed to find a driver."""


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
    project: Project, modules: Iterable[Module], owners: Iterable[Module]
) -> str | None:
    """
    ``ENGINE`` of the default database; None where it is not certain.

    *owners* are those of the settings *modules*, or of what they take over, that
    bind ``DATABASES``.
    """
    bound = tuple(dict.fromkeys(owners))
    found = [engine(owner) for owner in bound]
    others = sorted({name for name in found if name and dialect_of(name) != "sqlite"})
    if others:
        # What cannot be read, or is SQLite beside it, does not make it less certain.
        said = {dialect_of(name) for name in others}
        if len(said) != 1 or (said <= _MYSQL and _only_postgresql_is_installed(project)):
            return None
        return others[0]
    if found and not any(found):
        return "django.db.backends.mysql" if _only_mysql_is_installed(project) else None
    sure = (
        bool(found)
        and None not in found
        and all(_constant(owner) for owner in bound)
        and not any(project.module(s) is None for m in modules for s in m.names.stars)
        and not any(driver in text for text in _requirements(project) for driver in _DRIVERS)
    )
    return found[0] if sure else None


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


def requirements_of(tree: Tree) -> list[str]:
    """The files that may name a driver of another database."""
    return [
        path
        for path in tree.paths()
        if (
            any(part.lower().startswith(_REQUIREMENTS) for part in path.split("/")[-2:])
            and not path.endswith(".py")
        )
        or path.rpartition("/")[2].lower() == "setup.py"
    ][:_FILES]


def _only_postgresql_is_installed(project: Project) -> bool:
    """Whether no driver of MySQL is asked for beside PostgreSQL's: the settings' words are a relic then."""
    texts = tuple(_requirements(project))
    # Where there are more files than are read, another may name the driver.
    return (
        len(texts) < _FILES
        and any(b"psycopg" in text for text in texts)
        and not any(word in text for text in texts for word in (b"mysql", b"mariadb"))
    )


def _only_mysql_is_installed(project: Project) -> bool:
    """Whether a driver of MySQL is asked for and none of another database: Django reaches no other then."""
    texts = tuple(_requirements(project))
    return (
        len(texts) < _FILES
        and any(driver in text for text in texts for driver in _MYSQL_DRIVERS)
        and not any(driver in text for text in texts for driver in _OTHER_DRIVERS)
    )


def _requirements(project: Project) -> Iterator[bytes]:
    """What the files that name drivers say, in small letters."""
    paths = requirements_of(project.tree)
    project.tree.prefetch(paths)
    for path in paths:
        try:
            yield project.tree.read(path).lower()
        except KeyError:
            continue
