"""Which databases' drivers a repository asks for: what it installs, production can run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.trees import Tree

_MYSQL = (b"mysqlclient", b"pymysql", b"mysql-python", b"aiomysql", b"asyncmy")
_POSTGRESQL = (b"psycopg", b"asyncpg", b"pg8000")
_OTHERS = (*_POSTGRESQL, b"mariadb", b"oracledb", b"cx_oracle", b"mssql")
_EXTRAS = {
    b"mysql": b"pymysql",
    b"mariadb": b"mariadb",
    b"postgres": b"psycopg",
    b"postgresql": b"psycopg",
    b"oracle": b"oracledb",
}
"""Extras by which a library brings a driver, ``library[mysql]``, and one that means as much here."""
_BRACKETS = re.compile(rb"(?<=\w)\[([\w\s,.-]*)\]|\bextras\s*=\s*\[([^\[\]]*)\]")
_REQUIREMENTS = ("requirements", "pyproject.toml", "pipfile", "setup.py", "setup.cfg")
"""Files that name what is installed, as the beginnings of their names or folders."""
_NAMED = ("requirements.txt", "requirements.in")
"""How names of such files end where they begin with whom they are for: ``test-requirements.txt``."""
_FILES = 100
"""Of these that are read: some projects have five for each of their programs."""


def requirements_of(tree: Tree) -> list[str]:
    """The files that may name a driver of another database."""
    return [path for path in tree.paths() if _is_requirements(path)][:_FILES]


def _is_requirements(path: str) -> bool:
    lower = path.lower()
    # Each path of a tree is asked several times in a review: most need no more than this.
    if not (
        "requirements" in lower or "setup." in lower or "pipfile" in lower or "pyproject" in lower
    ):
        return False
    last_two = lower.split("/")[-2:]
    if any(part.startswith(_REQUIREMENTS) for part in last_two) and not path.endswith(".py"):
        return True
    return last_two[-1].endswith(_NAMED) or last_two[-1] == "setup.py"


def any_is_installed(tree: Tree) -> bool:
    """Whether a driver of another database than SQLite is asked for."""
    return any(driver in text for text in _requirements(tree) for driver in (*_MYSQL, *_OTHERS))


def is_for_other_projects(tree: Tree) -> bool:
    """Whether this is a package that other Django projects install, by its classifier: they choose the database."""
    return any(b"framework :: django" in text for text in _requirements(tree))


def only_postgresql_is_installed(tree: Tree) -> bool:
    """Whether no driver of MySQL is asked for beside PostgreSQL's: who speaks of MySQL speaks of a relic."""
    texts = tuple(_requirements(tree))
    # Where there are more files than are read, another may name the driver.
    return (
        len(texts) < _FILES
        and any(driver in text for text in texts for driver in _POSTGRESQL)
        and not any(word in text for text in texts for word in (b"mysql", b"mariadb", b"asyncmy"))
    )


def no_driver_but_postgresqls(tree: Tree) -> bool:
    """Whether PostgreSQL's driver is asked for and that of no other server: SQLite's is in Python."""
    texts = tuple(_requirements(tree))
    others = (*_MYSQL, b"mysql", *(driver for driver in _OTHERS if driver not in _POSTGRESQL))
    return (
        len(texts) < _FILES
        and any(driver in text for text in texts for driver in _POSTGRESQL)
        and not any(driver in text for text in texts for driver in others)
    )


def mysql_is_installed(tree: Tree) -> bool:
    """Whether a driver of MySQL is asked for, beside whichever others."""
    return any(driver in text for text in _requirements(tree) for driver in _MYSQL)


def only_mysql_is_installed(tree: Tree) -> bool:
    """Whether a driver of MySQL is asked for and none of another database: no other is reached then."""
    texts = tuple(_requirements(tree))
    return (
        len(texts) < _FILES
        and any(driver in text for text in texts for driver in _MYSQL)
        and not any(driver in text for text in texts for driver in _OTHERS)
    )


def believed(tree: Tree, said: str | None) -> str | None:
    """
    The database that an address in a file means, *said* being its own; None where it is not certain.

    SQLite is what developers and templates write there while production's address comes from
    elsewhere: another database's driver says so. MySQL's alone says that it is MySQL.
    """
    match said:
        case "sqlite" if not any_is_installed(tree):
            return said
        case "sqlite" | None:
            return "mysql" if only_mysql_is_installed(tree) else None
        case "mysql" | "mariadb" if only_postgresql_is_installed(tree):
            return None
        case _:
            return said


def _requirements(tree: Tree) -> Iterator[bytes]:
    """What the files that name drivers say, in small letters, and the drivers that extras bring."""
    paths = requirements_of(tree)
    tree.prefetch(paths)
    for path in paths:
        try:
            text = tree.read(path).lower()
        except KeyError:
            continue
        yield b"\n".join((text, *_brought(text)))


def _brought(text: bytes) -> Iterator[bytes]:
    for plain, listed in _BRACKETS.findall(text):
        for extra in re.findall(rb"[\w-]+", plain or listed):
            if extra in _EXTRAS:
                yield _EXTRAS[extra]
